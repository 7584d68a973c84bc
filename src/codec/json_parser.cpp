// Boost.JSON's parser drives a handler that builds our values directly; its own value type is never made.
#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <exception>

#include "codec/json.hpp"

namespace garage::codec {
namespace {

using boost::json::error;
using boost::json::error_code;

bool has_duplicate_key(const Json::Object& members) {
  // Small objects are the rule; for large ones a hostile body must not cost the square of its size.
  constexpr size_t kFewMembers = 8;
  if (members.size() <= kFewMembers) {
    for (size_t i = 0; i < members.size(); ++i) {
      for (size_t j = i + 1; j < members.size(); ++j) {
        if (members[i].key == members[j].key) return true;
      }
    }
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(members.size());
  for (const auto& member : members) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

// The names of the callbacks and constants are those Boost.JSON asks for. Sizes need no limit here: they are bounded by
// the text.
struct Handler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  using view = boost::json::string_view;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return open(Json::object()); }
  bool on_array_begin(error_code&) { return open(Json::array()); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_object_end(std::size_t, error_code& ec) {
    if (has_duplicate_key(*open_.back().value.as_object())) {
      duplicate_ = true;
      ec = error::incomplete;  // any error stops the parser; ours is told by duplicate_
      return false;
    }
    return close();
  }

  bool on_key_part(view part, std::size_t, error_code&) { return append_text(part); }
  bool on_key(view part, std::size_t, error_code&) {
    append_text(part);
    open_.back().key = take_text();
    return true;
  }
  bool on_string_part(view part, std::size_t, error_code&) { return append_text(part); }
  bool on_string(view part, std::size_t, error_code&) {
    append_text(part);
    return add(Json(take_text()));
  }

  bool on_number_part(view part, error_code&) { return append_text(part); }
  bool on_int64(std::int64_t value, view, error_code&) { return add_number(Json(value)); }
  bool on_uint64(std::uint64_t value, view, error_code&) { return add_number(Json(value)); }
  bool on_double(double, view part, error_code& ec) {
    // Boost 1.81 rounds in the last place; the standard library does not.
    append_text(part);
    const std::string digits = take_text();
    double exact = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
    // Out of range is what is too large, and also what is too small to tell from zero.
    if (failed != std::errc() || !std::isfinite(exact)) {
      ec = error::exponent_overflow;
      return false;
    }
    return add(Json(exact));
  }

  bool on_bool(bool value, error_code&) { return add(Json(value)); }
  bool on_null(error_code&) { return add(Json()); }
  bool on_comment_part(view, error_code&) { return true; }
  bool on_comment(view, error_code&) { return true; }

  // One array or object being filled, and the key under which the next member goes.
  struct Open {
    Json value;
    std::string key;
  };

  bool append_text(view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  std::string take_text() {
    std::string out = std::move(text_);
    text_.clear();
    return out;
  }
  bool open(Json empty) {
    open_.push_back({std::move(empty), {}});
    return true;
  }
  bool close() {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(done));
  }
  bool add_number(Json value) {
    text_.clear();
    return add(std::move(value));
  }
  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().value.is_array()) {
      open_.back().value.push_back(std::move(value));
    } else {
      // set() would search for a duplicate each time.
      open_.back().value.append_member(std::move(open_.back().key), std::move(value));
    }
    return true;
  }

  Json root_;
  std::vector<Open> open_;
  std::string text_;
  bool duplicate_ = false;
};

Result<Json> parse_checked(std::string_view text, size_t depth_max) {
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::basic_parser<Handler> parser(options);
  error_code ec;
  const size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (parser.handler().duplicate_) return fail(ErrorKind::kInvalid, "JSON object names a key twice");
  if (!ec && used < text.size()) ec = error::extra_data;
  if (ec) return fail(ErrorKind::kInvalid, "not valid JSON at byte " + std::to_string(used) + ": " + ec.message());
  return std::move(parser.handler().root_);
}

}  // namespace

Result<Json> parse_json(std::string_view text, size_t depth_max) {
  try {
    return parse_checked(text, depth_max);
  } catch (const std::exception& e) {
    return fail(ErrorKind::kInvalid, std::string("not valid JSON: ") + e.what());
  }
}

}  // namespace garage::codec

#include "api/canonical_request.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "codec/percent.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

constexpr size_t kNamesMax = 100;
constexpr std::string_view kAmzPrefix = "x-amz-";

bool is_upper_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

// Is `raw` already what encoding its decoded text would give? Then nothing needs to be written anew.
bool is_canonical(std::string_view raw) {
  for (size_t i = 0; i < raw.size(); ++i) {
    if (codec::is_unreserved(raw[i])) continue;
    if (raw[i] != '%' || i + 2 >= raw.size() || !is_upper_hex(raw[i + 1]) || !is_upper_hex(raw[i + 2])) return false;
    if (codec::is_unreserved(static_cast<char>(16 * hex_digit_value(raw[i + 1]) + hex_digit_value(raw[i + 2]))))
      return false;
    i += 2;
  }
  return true;
}

struct EncodedParam {
  std::string_view name;
  std::string_view value;
};

class CanonicalQuery {
 public:
  CanonicalQuery(const ParsedUri& uri, bool presigned) {
    // At worst each byte becomes three; reserved at once, so that views into it stay.
    params_.reserve(uri.query.size());
    for (const QueryParam& param : uri.query) {
      if (presigned && http::equal_ignoring_case(param.name, "x-amz-signature")) continue;
      params_.push_back({encoded(param.raw_name, param.name, uri), encoded(param.raw_value, param.value, uri)});
    }
    std::sort(params_.begin(), params_.end(),
              [](const EncodedParam& a, const EncodedParam& b) { return a.name < b.name; });
  }

  void append_to(std::string& out) const {
    for (size_t i = 0; i < params_.size(); ++i) {
      if (i > 0) out += '&';
      out.append(params_[i].name).append(1, '=').append(params_[i].value);
    }
  }

 private:
  std::string_view encoded(std::string_view raw, std::string_view decoded, const ParsedUri& uri) {
    if (is_canonical(raw)) return raw;
    if (buffer_.capacity() < 3 * uri.raw_query.size()) buffer_.reserve(3 * uri.raw_query.size());
    const size_t start = buffer_.size();
    codec::append_percent_encoded(buffer_, decoded, false);
    return std::string_view(buffer_).substr(start);
  }

  std::vector<EncodedParam> params_;
  std::string buffer_;
};

// Runs of blanks inside become one; the ends were trimmed on receipt.
void append_folded(std::string& out, std::string_view value) {
  if (value.find("  ") == value.npos && value.find('\t') == value.npos) {
    out.append(value);
    return;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    if (!http::is_blank(value[i])) {
      out += value[i];
    } else if (i == 0 || !http::is_blank(value[i - 1])) {
      out += ' ';
    }
  }
}

}  // namespace

bool SignedHeaders::has(std::string_view lower_name) const {
  return std::find(names.begin(), names.end(), lower_name) != names.end();
}

std::optional<SignedHeaders> parse_signed_headers(std::string_view text) {
  SignedHeaders headers{.text = text, .names = {}};
  headers.names.reserve(8);
  for (std::string_view rest = text;;) {
    const size_t end = std::min(rest.find(';'), rest.size());
    if (end == 0 || headers.names.size() == kNamesMax) return std::nullopt;
    headers.names.push_back(rest.substr(0, end));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  headers.was_sorted = std::is_sorted(headers.names.begin(), headers.names.end());
  if (!headers.was_sorted) std::sort(headers.names.begin(), headers.names.end());
  if (std::adjacent_find(headers.names.begin(), headers.names.end()) != headers.names.end()) return std::nullopt;
  return headers;
}

ApiResult<void> check_signed_headers(const SignedHeaders& headers, const http::Request& request) {
  std::string unsigned_names;
  if (!headers.has("host")) unsigned_names = "host";
  for (const http::Header& field : request.headers) {
    if (!field.name.starts_with(kAmzPrefix) || headers.has(field.name) || field.name == "x-amz-content-sha256")
      continue;
    if (!unsigned_names.empty()) unsigned_names += ", ";
    unsigned_names.append(field.name);
  }
  if (unsigned_names.empty()) return {};
  auto refusal = api_fail(ErrorCode::kAccessDenied, "There were headers present in the request which were not signed");
  refusal.error().xml_extra.emplace_back("HeadersNotSigned", std::move(unsigned_names));
  return refusal;
}

std::optional<std::string> canonical_request(const http::Request& request, const ParsedUri& uri, std::string_view path,
                                             const SignedHeaders& headers, std::string_view payload, bool presigned) {
  std::string out;
  out.reserve(512 + request.target.size());
  out.append(request.method_text).append(1, '\n').append(path).append(1, '\n');
  CanonicalQuery(uri, presigned).append_to(out);
  out += '\n';
  for (const std::string_view name : headers.names) {
    bool found = false;
    for (const http::Header& field : request.headers) {
      if (field.name != name) continue;
      found ? out.append(1, ',') : out.append(name).append(1, ':');
      append_folded(out, field.value);
      found = true;
    }
    if (!found) return std::nullopt;
    out += '\n';
  }
  out += '\n';
  if (headers.was_sorted) {
    out.append(headers.text);
  } else {
    for (size_t i = 0; i < headers.names.size(); ++i) {
      if (i > 0) out += ';';
      out.append(headers.names[i]);
    }
  }
  out.append(1, '\n').append(payload);
  return out;
}

}  // namespace garage::api

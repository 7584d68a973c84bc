#include <charconv>
#include <cmath>

#include "codec/json.hpp"
#include "codec/utf8.hpp"

namespace garage::codec {
namespace {

constexpr char kHex[] = "0123456789abcdef";

template <class Number>
void append_number(std::string& out, Number value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, static_cast<size_t>(end - digits));
}

void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  const size_t start = out.size();
  append_number(out, value);
  // Read back, it is to be a double again.
  if (out.find_first_of(".e", start) == std::string::npos) out.append(".0");
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out.append("\\\"");
      break;
    case '\\':
      out.append("\\\\");
      break;
    case '\b':
      out.append("\\b");
      break;
    case '\f':
      out.append("\\f");
      break;
    case '\n':
      out.append("\\n");
      break;
    case '\r':
      out.append("\\r");
      break;
    case '\t':
      out.append("\\t");
      break;
    default:
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
  }
}

class Writer {
 public:
  Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  // The depth is that of a value somebody built or parse_json bounded.
  void write(const Json& value, size_t depth) {
    switch (value.kind()) {
      case Json::Kind::kNull:
        out_.append("null");
        break;
      case Json::Kind::kBool:
        out_.append(*value.as_bool() ? "true" : "false");
        break;
      case Json::Kind::kInt64:
        append_number(out_, *value.as_int64());
        break;
      case Json::Kind::kUint64:
        append_number(out_, *value.as_uint64());
        break;
      case Json::Kind::kDouble:
        append_double(out_, *value.as_double());
        break;
      case Json::Kind::kString:
        append_json_string(out_, *value.as_string());
        break;
      case Json::Kind::kArray:
        write_array(*value.as_array(), depth);
        break;
      case Json::Kind::kObject:
        write_object(*value.as_object(), depth);
        break;
    }
  }

 private:
  void write_array(const Json::Array& items, size_t depth) {
    out_.push_back('[');
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_.push_back(',');
      new_line(depth + 1);
      write(items[i], depth + 1);
    }
    if (!items.empty()) new_line(depth);
    out_.push_back(']');
  }

  void write_object(const Json::Object& members, size_t depth) {
    out_.push_back('{');
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out_.push_back(',');
      new_line(depth + 1);
      append_json_string(out_, members[i].key);
      out_.append(pretty_ ? ": " : ":");
      write(members[i].value, depth + 1);
    }
    if (!members.empty()) new_line(depth);
    out_.push_back('}');
  }

  void new_line(size_t depth) {
    if (!pretty_) return;
    out_.push_back('\n');
    out_.append(2 * depth, ' ');
  }

  std::string& out_;
  const bool pretty_;
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  size_t start = 0;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t size = c < 0x80 ? 1 : utf8_sequence_bytes(text.substr(i));
    if (size > 0 && c >= 0x20 && c != '"' && c != '\\') {
      i += size;
      continue;
    }
    out.append(text.substr(start, i - start));
    if (size == 0) {
      out.append(kReplacementCharacter);
    } else {
      append_escape(out, c);
    }
    start = ++i;
  }
  out.append(text.substr(start));
  out.push_back('"');
}

void append_json(std::string& out, const Json& value) {
  Writer(out, false).write(value, 0);
}

std::string to_json(const Json& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_json_pretty(const Json& value) {
  std::string out;
  Writer(out, true).write(value, 0);
  return out;
}

}  // namespace garage::codec

#include "api/access_log.hpp"

#include <algorithm>

#include "codec/percent.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

bool names_a_signature(std::string_view param) {
  const std::string_view raw_name = param.substr(0, param.find('='));
  // As the signature check reads it: a name may be escaped.
  const std::string name = codec::percent_decode(raw_name, true).value_or(std::string(raw_name));
  return http::equal_ignoring_case(name, "x-amz-signature") || name == "Signature" ||
         http::equal_ignoring_case(name, "x-amz-security-token");
}

// The target with the values of signatures replaced, and nothing in it that could start another line.
void append_target(std::string& line, std::string_view target) {
  const size_t question = target.find('?');
  line.append(target.substr(0, question));
  if (question == target.npos) return;
  std::string_view rest = target.substr(question);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&', 1), rest.size());
    const std::string_view param = rest.substr(1, end - 1);
    line.append(rest.substr(0, 1));
    if (names_a_signature(param)) {
      line.append(param.substr(0, param.find('='))).append("=***");
    } else {
      line.append(param);
    }
    rest.remove_prefix(end);
  }
}

void append_entry(std::string& line, const AccessLogEntry& entry) {
  line.append(entry.client);
  if (!entry.key_id.empty()) line.append(" (key ").append(entry.key_id).append(")");
  line.append(1, ' ').append(entry.method).append(1, ' ');
  append_target(line, entry.target);
}

// What a client wrote must not look like a line of its own.
std::string single_line(std::string line) {
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

bool is_ip_literal(std::string_view text) {
  constexpr std::string_view kAddressCharacters = "0123456789abcdefABCDEF.:";
  if (text.empty() || text.size() > 45 || text.find_first_not_of(kAddressCharacters) != text.npos) return false;
  const bool v6 = text.find(':') != text.npos;
  return v6 || std::count(text.begin(), text.end(), '.') == 3;
}

}  // namespace

std::string access_line(const AccessLogEntry& entry) {
  std::string line;
  append_entry(line, entry);
  return single_line(std::move(line));
}

std::string error_line(const AccessLogEntry& entry, int status, std::string_view message) {
  std::string line = "error " + std::to_string(status) + ", " + std::string(message) + " in response to ";
  append_entry(line, entry);
  return single_line(std::move(line));
}

std::string client_text(std::string_view peer, std::string_view forwarded_for) {
  if (!is_ip_literal(forwarded_for)) return std::string(peer);
  return std::string(forwarded_for) + " (via " + std::string(peer) + ")";
}

}  // namespace garage::api

#include "model/bucket_name.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace garage::model {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Four groups of digits: would be taken for an address.
bool looks_like_ipv4(std::string_view name) {
  int groups = 1, digits = 0;
  for (char c : name) {
    if (c == '.') {
      if (digits == 0) return false;
      ++groups;
      digits = 0;
    } else if (c >= '0' && c <= '9') {
      ++digits;
    } else {
      return false;
    }
  }
  return groups == 4 && digits > 0;
}

// Which rule a name breaks, in words for people; empty: none.
std::string broken_rule(std::string_view name, bool allow_punycode) {
  const bool plain = std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; });
  if (name.size() < 3 || name.size() > 63 || !plain || !is_letter_or_digit(name.front()) ||
      !is_letter_or_digit(name.back())) {
    return "use 3 to 63 characters of a-z 0-9 . and -, beginning and ending with a letter or digit";
  }
  for (std::string_view forbidden : {"..", ".-", "-."}) {
    if (name.contains(forbidden)) return "each part between dots begins and ends with a letter or digit";
  }
  if (looks_like_ipv4(name)) return "it would be taken for an IP address";
  if (!allow_punycode && (name.starts_with("xn--") || name.contains(".xn--")))
    return "names with an xn-- part need allow_punycode = true in the configuration";
  for (std::string_view prefix : {"sthree-", "amzn-s3-demo-"}) {
    if (name.starts_with(prefix)) return "names that begin with " + std::string(prefix) + " are reserved by S3";
  }
  for (std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
    if (name.ends_with(suffix)) return "names that end with " + std::string(suffix) + " are reserved by S3";
  }
  return "";
}

}  // namespace

bool is_valid_bucket_name(std::string_view name, bool allow_punycode) {
  return broken_rule(name, allow_punycode).empty();
}

Result<void> check_bucket_name(std::string_view name, bool allow_punycode) {
  const std::string rule = broken_rule(name, allow_punycode);
  if (rule.empty()) return {};
  return fail(ErrorKind::kInvalid, "Invalid bucket name: " + std::string(name) + ": " + rule);
}

}  // namespace garage::model

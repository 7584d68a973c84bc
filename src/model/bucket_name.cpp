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

}  // namespace

bool is_valid_bucket_name(std::string_view name, bool allow_punycode) {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!is_letter_or_digit(name.front()) || !is_letter_or_digit(name.back())) return false;
  if (!std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; })) return false;
  for (std::string_view forbidden : {"..", ".-", "-."}) {
    if (name.find(forbidden) != std::string_view::npos) return false;
  }
  if (looks_like_ipv4(name)) return false;
  if (!allow_punycode && (name.starts_with("xn--") || name.find(".xn--") != std::string_view::npos)) return false;
  for (std::string_view prefix : {"sthree-", "amzn-s3-demo-"}) {
    if (name.starts_with(prefix)) return false;
  }
  for (std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
    if (name.ends_with(suffix)) return false;
  }
  return true;
}

Result<void> check_bucket_name(std::string_view name, bool allow_punycode) {
  if (is_valid_bucket_name(name, allow_punycode)) return {};
  return fail(ErrorKind::kInvalid,
              "Invalid bucket name: " + std::string(name) +
                  ": use 3 to 63 characters of a-z 0-9 . and -, beginning and ending with a letter or digit");
}

}  // namespace garage::model

#include "api/part_header.hpp"

#include <algorithm>

#include "http/characters.hpp"

namespace garage::api {
namespace {

// The value of a parameter at the front of `rest`, quoted or not; takes it and what follows up to the next ';'. Nothing
// if malformed.
std::optional<std::string> take_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    const size_t end = std::min(rest.find(';'), rest.size());
    value = http::trim_blanks(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
  }
  size_t i = 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    // Only a quote is ever escaped: old browsers send paths full of backslashes.
    if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == '"') ++i;
    value += rest[i];
  }
  if (i >= rest.size()) return std::nullopt;
  rest = http::trim_blanks(rest.substr(i + 1));
  if (!rest.empty() && !rest.starts_with(';')) return std::nullopt;
  return value;
}

// Calls visit(name, value) for each "; name=value" of `rest`; false if they are malformed.
template <class Visit>
bool for_each_parameter(std::string_view rest, Visit visit) {
  while (!rest.empty()) {
    rest = http::trim_blanks(rest.substr(1));  // behind the ';'
    if (rest.empty()) return true;
    const size_t equals = rest.find('=');
    if (equals == rest.npos) return false;
    const std::string_view name = http::trim_blanks(rest.substr(0, equals));
    rest = http::trim_blanks(rest.substr(equals + 1));
    auto value = take_value(rest);
    if (!value) return false;
    visit(name, std::move(*value));
  }
  return true;
}

std::unexpected<ApiError> malformed(std::string message) {
  return api_fail(ErrorCode::kMalformedPostRequest, std::move(message));
}

ApiResult<void> read_disposition(std::string_view text, PartHeader& header) {
  const size_t end = std::min(text.find(';'), text.size());
  if (!http::equal_ignoring_case(http::trim_blanks(text.substr(0, end)), "form-data")) {
    return malformed("A part of the form is not form-data.");
  }
  const bool well_formed = for_each_parameter(text.substr(end), [&header](std::string_view name, std::string value) {
    if (http::equal_ignoring_case(name, "name"))
      header.name = std::move(value);
    else if (http::equal_ignoring_case(name, "filename"))
      header.filename = std::move(value);
  });
  if (!well_formed) return malformed("A part of the form has a Content-Disposition that cannot be parsed.");
  for (char& c : header.name) c = http::to_lower(c);
  return {};
}

}  // namespace

ApiResult<PartHeader> parse_part_header(std::string_view head) {
  PartHeader header;
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const size_t colon = line.find(':');
    if (colon == line.npos) return malformed("A part of the form has a header without a colon.");
    const std::string_view name = line.substr(0, colon), value = http::trim_blanks(line.substr(colon + 1));
    if (http::equal_ignoring_case(name, "content-disposition")) API_CHECK_OK(read_disposition(value, header));
    if (http::equal_ignoring_case(name, "content-type")) header.content_type = value;
  }
  if (header.name.empty()) return malformed("A part of the form has no name.");
  return header;
}

std::optional<std::string> boundary_of(std::string_view content_type) {
  const size_t end = std::min(content_type.find(';'), content_type.size());
  if (!http::equal_ignoring_case(http::trim_blanks(content_type.substr(0, end)), "multipart/form-data"))
    return std::nullopt;
  std::optional<std::string> boundary;
  const bool well_formed =
      for_each_parameter(content_type.substr(end), [&boundary](std::string_view name, std::string value) {
        if (http::equal_ignoring_case(name, "boundary")) boundary = std::move(value);
      });
  if (!well_formed || !boundary || boundary->empty() || boundary->size() > 70) return std::nullopt;
  for (const char c : *boundary) {
    if (c < 0x20 || c > 0x7e) return std::nullopt;
  }
  return boundary;
}

}  // namespace garage::api

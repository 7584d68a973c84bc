#include "api/uri.hpp"

#include <utility>

#include "codec/percent.hpp"
#include "codec/utf8.hpp"
#include "http/characters.hpp"

namespace garage::api {

ApiResult<std::string> decode_path(std::string_view raw) {
  std::string decoded;
  if (raw.find('%') == raw.npos) {
    decoded = raw;
  } else {
    decoded.reserve(raw.size());
    if (!codec::append_percent_decoded(decoded, raw)) return api_fail(ErrorCode::kInvalidUri);
  }
  if (decoded.find('\0') != decoded.npos || !codec::is_valid_utf8(decoded)) return api_fail(ErrorCode::kInvalidUri);
  return decoded;
}

ApiResult<ParsedUri> parse_uri(std::string_view raw_path, std::string_view raw_query) {
  if (raw_path != "*" && !raw_path.starts_with('/')) return api_fail(ErrorCode::kInvalidUri);
  ParsedUri uri;
  uri.raw_path = raw_path;
  uri.raw_query = raw_query;
  API_TRY(uri.path, decode_path(raw_path));
  API_TRY(uri.query, QueryParams::parse(raw_query));
  return uri;
}

ApiResult<ParsedUri> parse_uri(const http::Request& request) {
  return parse_uri(request.raw_path, request.raw_query);
}

std::string host_name(std::string_view host) {
  if (host.starts_with('[')) {
    host = host.substr(0, host.find(']') + 1);
  } else {
    host = host.substr(0, host.find(':'));
    if (host.ends_with('.')) host.remove_suffix(1);
  }
  std::string name(host);
  for (char& c : name) c = http::to_lower(c);
  return name;
}

std::optional<std::string_view> in_front_of(std::string_view name, std::string_view root_domain) {
  while (root_domain.starts_with('.')) root_domain.remove_prefix(1);
  if (root_domain.empty() || name.size() <= root_domain.size()) return std::nullopt;
  const std::string_view tail = name.substr(name.size() - root_domain.size());
  const std::string_view front = name.substr(0, name.size() - root_domain.size());
  if (!http::equal_ignoring_case(tail, root_domain) || !front.ends_with('.')) return std::nullopt;
  return front.substr(0, front.size() - 1);
}

ApiResult<ObjectAddress> locate(const ParsedUri& uri, std::string_view host, std::string_view root_domain) {
  ObjectAddress address;
  if (uri.raw_path == "*") return address;
  const std::string name = host_name(host);
  if (const auto bucket = in_front_of(name, root_domain)) {
    if (bucket->empty()) return api_fail(ErrorCode::kInvalidBucketName);
    address.bucket = *bucket;
    address.key = uri.path.substr(1);
    address.virtual_host = true;
  } else {
    // Only a slash that was sent as one ends the bucket's name; an escaped one would be part of it.
    const size_t slash = uri.raw_path.find('/', 1);
    API_TRY(address.bucket, decode_path(uri.raw_path.substr(1, slash == uri.raw_path.npos ? slash : slash - 1)));
    if (slash != uri.raw_path.npos) {
      if (address.bucket.empty()) return api_fail(ErrorCode::kInvalidBucketName);
      address.key = uri.path.substr(1 + address.bucket.size() + 1);
    }
  }
  if (address.key.size() > kKeyBytesMax) return api_fail(ErrorCode::kKeyTooLongError);
  return address;
}

}  // namespace garage::api

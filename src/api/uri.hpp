// The target of a request taken apart, and the bucket and key that it names.
//
// Nothing is normalised: "//", "." and ".." are ordinary parts of a key, and a '+' in the path is a plus.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/error.hpp"
#include "api/query_params.hpp"
#include "http/request.hpp"

namespace garage::api {

// Borrows the request's target and never outlives it. May be moved.
struct ParsedUri {
  std::string_view raw_path;   // as received
  std::string_view raw_query;  // without '?'
  std::string path;            // percent-decoded, valid UTF-8, without NUL
  QueryParams query;
};

// InvalidURI for a path or query that cannot be decoded.
ApiResult<ParsedUri> parse_uri(std::string_view raw_path, std::string_view raw_query);
ApiResult<ParsedUri> parse_uri(const http::Request& request);

struct ObjectAddress {
  std::string bucket;         // empty: no bucket is named
  std::string key;            // empty: the bucket itself
  bool virtual_host = false;  // the bucket came from the Host header
};

constexpr size_t kKeyBytesMax = 1024;

// `root_domain` may start with a dot and may be empty (then every request is path style).
ApiResult<ObjectAddress> locate(const ParsedUri& uri, std::string_view host, std::string_view root_domain);

// The Host header without port and trailing dot, lower-cased; IPv6 literals keep their brackets.
std::string host_name(std::string_view host);

// The part of `name` in front of `.root_domain`, which may start with a dot; it may be empty. Nothing where there is
// none. Case does not count.
std::optional<std::string_view> in_front_of(std::string_view name, std::string_view root_domain);

// Undoes %XX. InvalidURI for a broken escape, NUL, or a result that is not UTF-8.
ApiResult<std::string> decode_path(std::string_view raw);

}  // namespace garage::api

// What a request asks for, by its method, path and query; the body is not looked at.
#pragma once

#include <string>
#include <string_view>

#include "admin/error.hpp"
#include "codec/json.hpp"
#include "http/request.hpp"

namespace garage::admin_http {

enum class EndpointKind : unsigned char {
  kPreflight,  // OPTIONS of anything
  kHealth,
  kLive,
  kReady,
  kCheck,
  kMetrics,
  kOpenApi,
  kOperation,
};

struct Endpoint {
  EndpointKind kind = EndpointKind::kOperation;
  std::string operation = {};                      // its name
  codec::Json parameters = codec::Json::object();  // of the query, as texts
  bool takes_body = false;
  // Of operations of older versions: members that the body gets beside its own.
  codec::Json into_body = codec::Json::object();
};

// InvalidRequest for what is unknown, no longer served, or lacks a parameter. Empty parameters count as absent.
admin::AdminResult<Endpoint> endpoint_of(const http::Request& request);

// The parameters of `names` that are there and not empty. InvalidRequest for a malformed query.
admin::AdminResult<codec::Json> read_parameters(std::string_view raw_query, const std::vector<std::string_view>& names);

}  // namespace garage::admin_http

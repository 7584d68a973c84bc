#include "admin_http/openapi.hpp"

#include <fmt/format.h>

#include "admin/version.hpp"
#include "admin_http/shapes.hpp"

namespace garage::admin_http {
namespace {

using codec::Json;

Json parameter_json(const Parameter& parameter) {
  return Json::object({{"name", parameter.name},
                       {"in", "query"},
                       {"required", parameter.required},
                       {"schema", Json::object({{"type", "string"}})}});
}

Json content(Json schema) {
  return Json::object({{"application/json", Json::object({{"schema", std::move(schema)}})}});
}

Json responses() {
  const Json reference = Json::object({{"$ref", "#/components/schemas/Error"}});
  return Json::object(
      {{"200", Json::object({{"description", "Done"}, {"content", content(Json::object())}})},
       {"default", Json::object({{"description", "Refused, or failed"}, {"content", content(reference)}})}});
}

Json operation_json(const Shape& shape) {
  Json out = Json::object({{"operationId", shape.operation}, {"tags", Json::array({shape.tag})}});
  Json parameters = Json::array();
  for (const Parameter& parameter : shape.parameters) parameters.push_back(parameter_json(parameter));
  if (parameters.size() > 0) out.set("parameters", std::move(parameters));
  if (!shape.is_get) out.set("requestBody", Json::object({{"content", content(Json::object())}}));
  out.set("responses", responses());
  return out;
}

Json open_operation(std::string_view id, std::vector<Parameter> parameters) {
  Json out = operation_json({.operation = id, .tag = "Special endpoints", .is_get = true, .parameters = parameters});
  out.set("responses", Json::object({{"200", Json::object({{"description", "Plain text"}})}}));
  if (id != "Metrics") out.set("security", Json::array());  // no token
  return out;
}

Json error_schema() {
  Json members = Json::object();
  for (const char* name : {"code", "message", "region", "path"}) members.set(name, Json::object({{"type", "string"}}));
  return Json::object({{"type", "object"}, {"properties", std::move(members)}});
}

}  // namespace

Json openapi_document() {
  Json paths = Json::object({{"/check", Json::object({{"get", open_operation("CheckDomain", {{"domain", true}})}})},
                             {"/health", Json::object({{"get", open_operation("Health", {})}})},
                             {"/metrics", Json::object({{"get", open_operation("Metrics", {})}})}});
  for (const Shape& shape : shapes()) {
    paths.append_member(fmt::format("/v2/{}", shape.operation),
                        Json::object({{shape.is_get ? "get" : "post", operation_json(shape)}}));
  }
  return Json::object(
      {{"openapi", "3.1.0"},
       {"info",
        Json::object({{"title", "Garage administration API"}, {"version", fmt::format("v{}", admin::kVersion)}})},
       {"servers", Json::array({Json::object({{"url", "http://localhost:3903/"}})})},
       {"paths", std::move(paths)},
       {"components",
        Json::object({{"schemas", Json::object({{"Error", error_schema()}})},
                      {"securitySchemes",
                       Json::object({{"bearerAuth", Json::object({{"type", "http"}, {"scheme", "bearer"}})}})}})},
       {"security", Json::array({Json::object({{"bearerAuth", Json::array()}})})}});
}

}  // namespace garage::admin_http

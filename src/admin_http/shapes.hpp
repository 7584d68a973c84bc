// How an operation looks over HTTP: method, tag and query parameters. The router and the OpenAPI document read this one
// table.
#pragma once

#include <string_view>
#include <vector>

namespace garage::admin_http {

struct Parameter {
  std::string_view name;
  bool required = false;
};

struct Shape {
  std::string_view operation;
  std::string_view tag;
  bool is_get = false;
  std::vector<Parameter> parameters;
};

// Sorted by name. An operation that is not built yet may have one too.
const std::vector<Shape>& shapes();
// Null for a name that is none.
const Shape* find_shape(std::string_view operation);

}  // namespace garage::admin_http

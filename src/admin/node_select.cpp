#include "admin/node_select.hpp"

#include <fmt/format.h>

#include "admin/fields.hpp"

namespace garage::admin {

AdminResult<bool> require_self(const Context& context, const Json& request) {
  ADMIN_TRY(const auto node, Fields(request).text("node"));
  if (!node || *node == "self" || *node == "*") return true;
  if (!node->empty() && context.facts.id.hex().starts_with(*node)) return true;
  return invalid_request(fmt::format("0 nodes match '{}'", *node));
}

Json from_this_node(const Context& context, Json answer) {
  return Json::object(
      {{"success", Json::object({{context.facts.id.hex(), std::move(answer)}})}, {"error", Json::object()}});
}

}  // namespace garage::admin

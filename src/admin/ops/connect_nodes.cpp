// ConnectClusterNodes
#include "admin/operations.hpp"

namespace garage::admin {
namespace {

constexpr size_t kNodesAtOnceMax = 1000;

Json outcome_json(const Result<void>& outcome) {
  return Json::object({{"success", outcome.has_value()}, {"error", outcome ? Json() : Json(outcome.error().message)}});
}

}  // namespace

// ["id@host:port", ...], or that as the "body" of an object.
Task<Reply> connect_cluster_nodes(Context& context, Json request) {
  const Json* body = request.find("body");
  const Json::Array* nodes = body != nullptr ? body->as_array() : request.as_array();
  if (nodes == nullptr || nodes->size() > kNodesAtOnceMax)
    co_return invalid_request("expected an array of <id>@<host>:<port>");
  Json out = Json::array();
  for (const Json& node : *nodes) {
    const auto name = node.as_string();
    if (!name) co_return invalid_request("expected an array of <id>@<host>:<port>");
    if (context.cluster == nullptr) {
      out.push_back(outcome_json(fail(ErrorKind::kUnavailable, "this node is not connected to others")));
    } else {
      out.push_back(outcome_json(co_await context.cluster->connect(std::string(*name))));
    }
  }
  co_return out;
}

}  // namespace garage::admin

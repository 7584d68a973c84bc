#include "admin/node_select.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "admin/fields.hpp"
#include "admin/messages.hpp"
#include "runtime/task_group.hpp"

namespace garage::admin {
namespace {

// Those that are connected, and those with a role, whether they answer or not.
std::set<NodeId> all_nodes(const Context& context) {
  std::set<NodeId> out{context.facts.id};
  const Layout layout = context.layout.current();
  for (const auto& [id, role] : layout->roles) out.insert(id);
  if (context.cluster != nullptr) {
    for (const PeerFacts& peer : context.cluster->peers()) {
      if (peer.up) out.insert(peer.id);
    }
  }
  return out;
}

AdminResult<std::set<NodeId>> nodes_meant(const Context& context, const Json& request) {
  ADMIN_TRY(const auto node, Fields(request).text("node"));
  if (!node || *node == "self") return std::set<NodeId>{context.facts.id};
  std::set<NodeId> nodes = all_nodes(context);
  if (*node == "*") return nodes;
  std::erase_if(nodes, [&node](const NodeId& id) { return node->empty() || !id.hex().starts_with(*node); });
  if (nodes.size() != 1) return invalid_request(fmt::format("{} nodes match '{}'", nodes.size(), *node));
  return nodes;
}

// What another node says of itself, out of its own envelope.
Reply unwrap(const NodeId& node, const Result<std::string>& text) {
  if (!text) return std::unexpected(from(text.error()));
  auto reply = decode_reply(*text);
  if (!reply) return std::unexpected(from(reply.error()));
  if (!*reply) return *reply;
  const Json* success = (*reply)->find("success");
  const Json* error = (*reply)->find("error");
  if (const Json* answer = success ? success->find(node.hex()) : nullptr) return *answer;
  const Json* message = error ? error->find(node.hex()) : nullptr;
  return admin_fail("InternalError", 500,
                    message ? std::string(message->as_string().value_or("")) : "the node's answer is not understood");
}

struct Answer {
  NodeId node;
  Reply reply = Json();
};

Task<void> ask(Context& context, Json request, std::string operation, OnOneNode here, Answer& answer) {
  if (answer.node == context.facts.id) {
    answer.reply = co_await here(context, std::move(request));
  } else if (context.cluster == nullptr) {
    answer.reply = admin_fail("ServiceUnavailable", 503, "no connection to this node");
  } else {
    const Json* body = request.find("body");
    const Json question =
        Json::object({{"node", answer.node.hex()}, {"body", body != nullptr ? *body : Json::object()}});
    answer.reply =
        unwrap(answer.node, co_await context.cluster->ask(answer.node, std::move(operation), codec::to_json(question)));
  }
}

}  // namespace

Task<Reply> on_nodes(Context& context, Json request, std::string operation, OnOneNode here) {
  CO_ADMIN_TRY(const auto nodes, nodes_meant(context, request));
  std::vector<Answer> answers;
  answers.reserve(nodes.size());
  runtime::TaskGroup asking;
  for (const NodeId& node : nodes) {
    answers.push_back({.node = node});
    asking.spawn(ask(context, request, operation, here, answers.back()));
  }
  co_await asking.join();
  Json success = Json::object(), error = Json::object();
  for (Answer& answer : answers) {
    if (answer.reply) {
      success.append_member(answer.node.hex(), std::move(*answer.reply));
    } else {
      error.append_member(answer.node.hex(), answer.reply.error().message);
    }
  }
  co_return Json::object({{"success", std::move(success)}, {"error", std::move(error)}});
}

}  // namespace garage::admin

#include "admin/node_select.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "admin/error.hpp"
#include "admin/fields.hpp"
#include "admin/messages.hpp"
#include "admin/node_identity.hpp"
#include "runtime/task_group.hpp"

namespace garage::admin {
namespace {

// Those that are connected, and those with a role in a version that counts, whether they answer or not: one that left
// in a change that is on its way may still be needed.
std::set<NodeId> all_nodes(const Context& context) {
  std::set<NodeId> out{context.facts.id};
  const LayoutSnapshot layout = context.layout.snapshot();
  const auto& versions = layout->history.versions;
  for (auto it = versions.lower_bound(layout->history.settled); it != versions.end(); ++it) {
    for (const auto& [id, role] : it->second.layout->roles) out.insert(id);
  }
  if (context.cluster != nullptr) {
    for (const PeerFacts& peer : context.cluster->peers()) {
      if (peer.up) out.insert(peer.id);
    }
  }
  return out;
}

// "30f99aea28599fd0 (h1), ..."
std::string some_of(const Context& context, const std::set<NodeId>& nodes) {
  constexpr size_t kShownMax = 10;
  std::map<NodeId, std::string> hostnames = {{context.facts.id, context.facts.hostname}};
  if (context.cluster != nullptr) {
    for (const PeerFacts& peer : context.cluster->peers()) hostnames.emplace(peer.id, peer.hostname);
  }
  std::vector<std::string> shown;
  for (const NodeId& id : nodes) {
    if (shown.size() == kShownMax) {
      shown.emplace_back("...");
      break;
    }
    const std::string& hostname = hostnames[id];
    shown.push_back(hostname.empty() ? short_id(id) : fmt::format("{} ({})", short_id(id), hostname));
  }
  return fmt::format("{}", fmt::join(shown, ", "));
}

AdminResult<std::set<NodeId>> nodes_meant(const Context& context, const Json& request) {
  ADMIN_TRY(const auto node, Fields(request).text("node"));
  if (!node || *node == "self") return std::set<NodeId>{context.facts.id};
  std::set<NodeId> nodes = all_nodes(context);
  if (*node == "*") return nodes;
  std::set<NodeId> matching;
  std::ranges::copy_if(nodes, std::inserter(matching, matching.end()),
                       [&node](const NodeId& id) { return !node->empty() && id.hex().starts_with(*node); });
  if (matching.size() == 1) return matching;
  const std::string count = fmt::format("{} nodes match '{}'", matching.size(), *node);
  if (matching.empty()) return invalid_request(fmt::format("{}. Known are {}", count, some_of(context, nodes)));
  return invalid_request(fmt::format("{}: {}. Give more of the id", count, some_of(context, matching)));
}

// "Code (http): message"
std::string error_text(const AdminError& error) {
  return fmt::format("{} ({}): {}", error.code, error.status, error.message);
}

AdminError parse_error(std::string_view text) {
  const size_t status_at = text.find(" ("), message_at = text.find("): ");
  int status = 0;
  if (status_at != std::string_view::npos && message_at != std::string_view::npos && message_at > status_at) {
    const std::string_view digits = text.substr(status_at + 2, message_at - status_at - 2);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
    if (bad == std::errc() && end == digits.data() + digits.size()) {
      return {std::string(text.substr(0, status_at)), status, std::string(text.substr(message_at + 3))};
    }
  }
  return {"InternalError", 500, std::string(text)};  // of an older program
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
  const Json* told = error ? error->find(node.hex()) : nullptr;
  if (!told) return admin_fail("InternalError", 500, "the node's answer is not understood");
  return std::unexpected(parse_error(told->as_string().value_or("")));
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
      error.append_member(answer.node.hex(), error_text(answer.reply.error()));
    }
  }
  co_return Json::object({{"success", std::move(success)}, {"error", std::move(error)}});
}

}  // namespace garage::admin

#include "sim/register_node.hpp"

#include <utility>

#include "sim/world.hpp"
#include "table/messages.hpp"

namespace garage::sim {
namespace {

constexpr size_t kCallNumberBytes = 8;
constexpr Duration kPushTimeout = 300ms;

}  // namespace

NodeId node_id_of(NodeIndex index) {
  NodeId id;
  id.bytes[0] = static_cast<unsigned char>(index + 1);
  return id;
}

NodeIndex index_of(const NodeId& id) {
  return id.bytes[0] - 1u;
}

Result<void> BodySchema::on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                                    const std::optional<table::Row>& before, const table::Row& after) {
  if (before && before->value && before->uuid != after.uuid)
    batch.remove(kv::Family::kInline, std::string(before->uuid.view()));
  return {};
}

std::vector<kv::Key> BodySchema::companions_of(std::string_view key, const table::Row& row) const {
  if (!row.value) return {};
  return {{kv::Family::kInline, std::string(row.uuid.view())}};
}

RegisterNode::RegisterNode(SimNode& node, kv::MemoryStore& store, SimPlacement& placement, RegisterTraffic& traffic,
                           RegisterNodeOptions options)
    : node_(node),
      placement_(placement),
      traffic_(traffic),
      ords_(node.clock(), node.random()),
      commits_(store, node.env().pools.disk, {.durability = options.durability, .wrote = {}}),
      replica_(store, commits_, node.env().pools.disk, ords_, placement, schema_, options.quorum.ablation),
      local_(store, commits_, node.env().pools.disk, ords_, schema_),
      quorum_(node_id_of(node.index()), &replica_, *this, placement, ords_, node.random(), schema_, options.quorum),
      placed_(node_id_of(node.index()), placement, local_, quorum_) {}

Task<std::optional<table::Reply>> RegisterNode::push_row(std::string key, NodeId to) {
  auto read = std::make_shared<table::Request>();
  read->family = schema_.family();
  read->stage = placement_.sets.stage;
  read->key = std::move(key);
  read->companions_wanted = true;
  auto held = co_await replica_.handle(read);
  if (!held || held->verdict != table::Verdict::kDone || !held->row) co_return std::nullopt;
  auto install = std::make_shared<table::Request>(*read);
  install->operation = table::Operation::kInstall;
  install->row = std::move(held->row);
  install->companions = std::move(held->companions);
  auto reply = co_await call(to, install, node_.loop().now() + kPushTimeout);
  if (!reply) co_return std::nullopt;
  co_return std::move(*reply);
}

Task<Result<std::string>> RegisterNode::handle(std::string message) {
  if (!handled_.insert(message.substr(0, kCallNumberBytes)).second) ++traffic_.duplicates;
  CO_TRY(auto request, table::decode_request(std::string_view(message).substr(kCallNumberBytes)));
  const std::string key = request.key;
  CO_TRY(auto reply, co_await replica_.handle(std::make_shared<table::Request>(std::move(request))));
  co_return table::encode_reply(key, reply);
}

Task<Result<table::Reply>> RegisterNode::call(NodeId to, std::shared_ptr<const table::Request> request,
                                              MonotonicTime deadline) {
  std::string message(kCallNumberBytes, 0);
  const uint64_t number = ++traffic_.requests;
  for (size_t i = 0; i < kCallNumberBytes; ++i) message[i] = static_cast<char>(number >> (8 * i));
  message += table::encode_request(*request);
  auto answer = co_await node_.world().bus().call(node_.index(), index_of(to), std::move(message), deadline);
  if (!answer && answer.error().kind == ErrorKind::kTimeout) ++traffic_.timeouts;
  CO_TRY(std::string bytes, std::move(answer));
  co_return table::decode_reply(request->key, bytes);
}

}  // namespace garage::sim

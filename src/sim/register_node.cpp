#include "sim/register_node.hpp"

#include <utility>

#include "codec/big_endian.hpp"
#include "sim/world.hpp"
#include "table/install.hpp"
#include "table/messages.hpp"

namespace garage::sim {
namespace {

// In front of each message: who it is for, and its number.
constexpr char kPlainMark = 'p';
constexpr char kSyncMark = 's';
constexpr size_t kHeadBytes = 1 + 8;
constexpr Duration kPushTimeout = 300ms;
// The planted bug of sync_ignores_fence.
class UnfencedInstall final : public kv::Change {
 public:
  UnfencedInstall(table::Schema& schema, table::Request request) : schema_(schema), request_(std::move(request)) {}
  void reads(std::vector<kv::Key>& out) const override { table::name_held(schema_.family(), request_.key, out); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    TRY(auto held, table::read_held(view, schema_.family(), request_.key));
    held.promise = {};
    if (held.row) held.row->kind = table::RowKind::kBlind;
    auto installed = table::install(view, batch, schema_, request_.key, held, *request_.row, request_.companions);
    CHECK_OK(installed);
    return {};
  }

 private:
  table::Schema& schema_;
  const table::Request request_;
};

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
      sync_ignores_fence_(options.sync_ignores_fence),
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
  auto reply = co_await send(kSyncMark, to, install, node_.loop().now() + kPushTimeout);
  if (!reply) co_return std::nullopt;
  co_return std::move(*reply);
}

Task<Result<std::string>> RegisterNode::handle(std::string message) {
  if (!handled_.insert(message.substr(0, kHeadBytes)).second) ++traffic_.duplicates;
  CO_TRY(auto request, table::decode_request(std::string_view(message).substr(kHeadBytes)));
  const std::string key = request.key;
  if (sync_ignores_fence_ && message[0] == kSyncMark) {
    CO_CHECK_OK(co_await commits_.commit(std::make_shared<UnfencedInstall>(schema_, std::move(request))));
    co_return table::encode_reply(key, {});
  }
  CO_TRY(auto reply, co_await replica_.handle(std::make_shared<table::Request>(std::move(request))));
  co_return table::encode_reply(key, reply);
}

Task<Result<table::Reply>> RegisterNode::call(NodeId to, std::shared_ptr<const table::Request> request,
                                              MonotonicTime deadline) {
  return send(kPlainMark, to, std::move(request), deadline);
}

Task<Result<table::Reply>> RegisterNode::send(char mark, NodeId to, std::shared_ptr<const table::Request> request,
                                              MonotonicTime deadline) {
  std::string message(1, mark);
  codec::append_u64_be(message, ++traffic_.requests);
  message += table::encode_request(*request);
  auto answer = co_await node_.world().bus().call(node_.index(), index_of(to), std::move(message), deadline);
  if (!answer && answer.error().kind == ErrorKind::kTimeout) ++traffic_.timeouts;
  CO_TRY(std::string bytes, std::move(answer));
  co_return table::decode_reply(request->key, bytes);
}

}  // namespace garage::sim

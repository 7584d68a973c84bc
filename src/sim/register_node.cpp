#include "sim/register_node.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "codec/big_endian.hpp"
#include "runtime/sleep.hpp"
#include "sim/world.hpp"
#include "table/install.hpp"
#include "table/messages.hpp"
#include "table/operations.hpp"

namespace garage::sim {
namespace {

// In front of each message: its number. Then the operation, a zero byte and what is asked.
constexpr size_t kHeadBytes = 8;
// One step of anti-entropy that is apart from the others, so that a bug can be planted there.
constexpr std::string_view kSyncOperation = "sync";
constexpr Duration kCallTimeout = 300ms;
constexpr Duration kSyncInterval = 200ms;

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
      options_(options),
      sync_ignores_fence_(options.sync_ignores_fence),
      ords_(node.clock(), node.random()),
      commits_(store, node.env().pools.disk, {.durability = options.durability, .wrote = {}}),
      peers_(*this, options.wire),
      background_peers_(*this),
      hints_(store, commits_),
      replica_(store, commits_, node.env().pools.disk, ords_, placement, schema_, options.quorum.ablation),
      local_(store, commits_, node.env().pools.disk, ords_, schema_),
      quorum_(node_id_of(node.index()), &replica_, peers_, placement, ords_, node.random(), schema_, options.quorum,
              options.duties && !options.no_hints ? &hints_ : nullptr),
      placed_(node_id_of(node.index()), placement, local_, quorum_),
      range_replica_(store, node.env().pools.disk),
      companion_replica_(store, node.env().pools.disk),
      companions_(node_id_of(node.index()), &companion_replica_, *this),
      ranges_(node_id_of(node.index()), &range_replica_, *this, placement, placed_, schema_,
              {.round = {.timeout = kCallTimeout, .spill_after = 30ms, .one_of_two_suffices = false},
               .ablation = options.quorum.ablation}),
      synced_(node_id_of(node.index()), replica_, background_peers_, placement, placed_, options.quorum.ablation),
      keeper_(store, commits_),
      digests_(store, node.env().pools.disk, keeper_),
      sync_(node_id_of(node.index()), *this, keeper_, digests_,
            {.interval = kSyncInterval, .call_timeout = kCallTimeout}),
      replayer_(hints_, background_peers_, *this, node.env().pools.disk) {
  service_.add(replica_);
  service_.add(table::kRangeOperation, range_replica_);
  service_.add(table::kCompanionOperation, companion_replica_);
  service_.add(table::kDigestOperation, digests_);
  replica_.fetch_from(companions_);
  range_replica_.add(schema_, placement);
  keeper_.add(synced_);
  digests_.add(synced_);
  sync_.add(synced_, placement);
  replayer_.add(schema_.family(), placement, placed_);
}

namespace {

Task<void> switch_on(table::DigestKeeper& keeper, table::TableSync& sync) {
  auto on = co_await keeper.switch_on();
  while (!on) {
    co_await runtime::sleep_for(10ms);  // the disk may refuse
    on = co_await keeper.switch_on();
  }
  sync.start();
}

}  // namespace

void RegisterNode::start_duties() {
  if (!options_.duties) return;
  schema_.keep_digests(keeper_);
  // A store that cannot be read now is counted with the first hint that is written.
  (void)hints_.load();
  replayer_.start();
  if (!options_.no_sync) beginning_.spawn(switch_on(keeper_, sync_));
}

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
  auto answer = co_await call(to, std::string(kSyncOperation), table::encode_request(*install),
                              {.deadline = node_.loop().now() + kCallTimeout});
  if (!answer) co_return std::nullopt;
  auto reply = table::decode_reply(install->key, *answer);
  if (!reply) co_return std::nullopt;
  co_return std::move(*reply);
}

Task<Result<std::string>> RegisterNode::handle(std::string message) {
  if (!handled_.insert(message.substr(0, kHeadBytes)).second) ++traffic_.duplicates;
  const size_t end = message.find('\0', kHeadBytes);
  ASSERT(end != std::string::npos, "messages of this simulation are whole");
  co_return co_await answer(message.substr(kHeadBytes, end - kHeadBytes), message.substr(end + 1));
}

Task<Result<std::string>> RegisterNode::answer(std::string operation, std::string payload) {
  if (operation != kSyncOperation) co_return co_await service_.answer(std::move(operation), std::move(payload));
  CO_TRY(auto request, table::decode_request(payload));
  const std::string key = request.key;
  if (sync_ignores_fence_) {
    CO_CHECK_OK(co_await commits_.commit(std::make_shared<UnfencedInstall>(schema_, std::move(request))));
    co_return table::encode_reply(key, {});
  }
  CO_TRY(auto reply, co_await replica_.handle(std::make_shared<table::Request>(std::move(request))));
  co_return table::encode_reply(key, reply);
}

Task<Result<std::string>> RegisterNode::call(NodeId to, std::string operation, std::string payload,
                                             net::CallOptions options) {
  std::string message;
  codec::append_u64_be(message, ++traffic_.requests);
  message += operation + '\0' + payload;
  auto answered = co_await node_.world().bus().call(node_.index(), index_of(to), std::move(message), options.deadline);
  if (!answered && answered.error().kind == ErrorKind::kTimeout) ++traffic_.timeouts;
  co_return answered;
}

std::vector<NodeId> RegisterNode::nearest_first(std::vector<NodeId> nodes) const {
  const auto self = std::find(nodes.begin(), nodes.end(), node_id_of(node_.index()));
  if (self != nodes.end()) std::rotate(nodes.begin(), self, self + 1);
  return nodes;
}

}  // namespace garage::sim

#include "table/table_sync.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "runtime/nap.hpp"
#include "runtime/sleep.hpp"
#include "table/gather.hpp"
#include "table/operations.hpp"

namespace garage::table {
namespace {

// Keys of one page of both sides, up to where both are complete.
struct Pages {
  std::vector<VersionedKey> ours, theirs;
  std::string behind;  // the last key that both have told about
  bool more = false;
};

void cut_behind(std::vector<VersionedKey>& keys, const std::string& last) {
  while (!keys.empty() && keys.back().key > last) keys.pop_back();
}

Pages common_pages(DigestAnswer ours, DigestAnswer theirs) {
  Pages out{std::move(ours.keys), std::move(theirs.keys), {}, ours.more || theirs.more};
  if (!out.more) return out;
  if (ours.more) out.behind = out.ours.back().key;
  if (theirs.more && (!ours.more || out.theirs.back().key < out.behind)) out.behind = out.theirs.back().key;
  cut_behind(out.ours, out.behind);
  cut_behind(out.theirs, out.behind);
  return out;
}

}  // namespace

void TableSync::start() {
  duty_.spawn(run());
}

Task<void> TableSync::stop() {
  stopping_ = true;
  co_await duty_.join();
}

Task<void> TableSync::run() {
  while (!stopping_) {
    hurried_ = false;
    if (keeper_.on()) co_await run_once();
    co_await rest();
  }
}

// Until the next round is due. Who could not be asked in the last one is, soon after it is back: what it has missed,
// and hints do not bring, should not wait.
Task<void> TableSync::rest() {
  runtime::Loop& loop = *runtime::Loop::current();
  const auto get_up = [this] { return stopping_ || hurried_; };
  const MonotonicTime ends = loop.now() + options_.interval;
  while (!get_up() && loop.now() < ends) {
    co_await runtime::nap(std::min(options_.look_for_returned, ends - loop.now()), get_up);
    std::set<NodeId> returned;
    for (const NodeId& peer : missed_) {
      if (caller_.is_up(peer)) returned.insert(peer);
    }
    if (get_up() || returned.empty() || !keeper_.on()) continue;
    for (const NodeId& peer : returned) missed_.erase(peer);
    co_await compare(&returned);
  }
}

Task<void> TableSync::run_once() {
  missed_.clear();
  co_await compare(nullptr);
  ++stats_.rounds;
}

// With all peers, or those.
Task<void> TableSync::compare(const std::set<NodeId>* only) {
  for (const Table table : tables_) {
    if (!co_await count_all(table.rows->family())) continue;
    for (auto& [peer, partitions] : shared_partitions(*table.placement)) {
      if (stopping_) co_return;
      if (only && !only->contains(peer)) continue;
      if (!caller_.is_up(peer)) {
        missed_.insert(peer);
        continue;
      }
      auto compared = co_await compare_with(table, peer, std::move(partitions));
      if (compared) continue;
      ++stats_.failures;
      missed_.insert(peer);
      LOG_DEBUG("table", "not synchronised with {}: {}", peer.hex(), compared.error().message);
    }
  }
}

Task<bool> TableSync::count_all(kv::Family family) {
  while (!stopping_) {
    const auto counted = co_await keeper_.count_some(family);
    if (!counted) {
      LOG_WARN("table", "rows cannot be counted: {}", counted.error().message);
      co_return false;
    }
    if (*counted) co_return true;
    if (!keeper_.on()) co_return false;
    co_await runtime::sleep_for(1ms);  // others want to write, too
  }
  co_return false;
}

std::map<NodeId, std::vector<Partition>> TableSync::shared_partitions(Placement& placement) {
  std::map<NodeId, std::vector<Partition>> out;
  for (uint32_t partition = 0; partition < kPartitionCount; ++partition) {
    const auto number = static_cast<Partition>(partition);
    const ReplicaSet keepers = union_of(placement.sets_of_partition(number).write);
    if (std::find(keepers.begin(), keepers.end(), self_) == keepers.end()) continue;
    for (const NodeId& node : keepers) {
      if (node != self_) out[node].push_back(number);
    }
  }
  return out;
}

Task<Result<DigestAnswer>> TableSync::ask(NodeId node, DigestRequest request) {
  if (node == self_) co_return co_await own_.read(std::move(request));
  const net::CallOptions options{.deadline = runtime::Loop::current()->now() + options_.call_timeout,
                                 .priority = net::Priority::kBackground};
  CO_TRY(const std::string bytes,
         co_await caller_.call(node, std::string(kDigestOperation), encode_digest_request(request), options));
  co_return decode_digest_answer(request, bytes);
}

Task<Result<void>> TableSync::compare_with(Table table, NodeId peer, std::vector<Partition> partitions) {
  const DigestRequest roots{DigestLevel::kRoots, table.rows->family(), partitions, 0, {}};
  CO_TRY(const auto theirs, co_await ask(peer, roots));
  CO_TRY(const auto ours, co_await ask(self_, roots));
  if (!theirs.ready || !ours.ready) co_return Result<void>();
  for (size_t i = 0; i < partitions.size() && !stopping_; ++i) {
    ++stats_.partitions_compared;
    if (ours.sums[i] == theirs.sums[i]) continue;
    ++stats_.partitions_different;
    CO_CHECK_OK(co_await compare_partition(table, peer, partitions[i]));
  }
  co_return Result<void>();
}

Task<Result<void>> TableSync::compare_partition(Table table, NodeId peer, Partition partition) {
  const DigestRequest grid{DigestLevel::kGrid, table.rows->family(), {partition}, 0, {}};
  CO_TRY(const auto theirs, co_await ask(peer, grid));
  CO_TRY(const auto ours, co_await ask(self_, grid));
  if (!theirs.ready || !ours.ready) co_return Result<void>();
  uint64_t buckets = 0;
  for (size_t bucket = 0; bucket < kDigestBuckets; ++bucket) {
    if (ours.sums[bucket] != theirs.sums[bucket]) buckets |= uint64_t{1} << bucket;
  }
  if (buckets == 0) co_return Result<void>();
  co_return co_await compare_keys(table, peer, partition, buckets);
}

Task<Result<void>> TableSync::compare_keys(Table table, NodeId peer, Partition partition, uint64_t buckets) {
  DigestRequest keys{DigestLevel::kKeys, table.rows->family(), {partition}, buckets, {}};
  for (bool more = true; more && !stopping_;) {
    CO_TRY(auto theirs, co_await ask(peer, keys));
    CO_TRY(auto ours, co_await ask(self_, keys));
    Pages pages = common_pages(std::move(ours), std::move(theirs));
    more = pages.more;
    keys.behind = std::move(pages.behind);

    runtime::TaskGroup group;
    auto our = pages.ours.begin();
    auto their = pages.theirs.begin();
    while (our != pages.ours.end() || their != pages.theirs.end()) {
      const bool only_ours = their == pages.theirs.end() || (our != pages.ours.end() && our->key < their->key);
      const bool only_theirs = our == pages.ours.end() || (their != pages.theirs.end() && their->key < our->key);
      if (only_ours || (!only_theirs && our->version > their->version)) {
        group.spawn(bring(table, peer, our->key, Way::kPush));
      } else if (only_theirs || their->version > our->version) {
        group.spawn(bring(table, peer, their->key, Way::kPull));
      }
      if (!only_theirs) ++our;
      if (!only_ours) ++their;
      co_await group.below(options_.rows_at_once);
    }
    co_await group.join();
  }
  co_return Result<void>();
}

Task<void> TableSync::bring(Table table, NodeId peer, std::string key, Way way) {
  auto bringing = way == Way::kPush ? table.rows->push(peer, key) : table.rows->pull(peer, key);
  const auto done = co_await std::move(bringing);
  if (!done) {
    ++stats_.failures;
  } else {
    ++(way == Way::kPush ? stats_.rows_pushed : stats_.rows_pulled);
    if (options_.brought) options_.brought(table.rows->family(), key, peer, way == Way::kPush);
  }
}

}  // namespace garage::table

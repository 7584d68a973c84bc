// `repair blocks`: every reference of this node is looked at once.
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "block/reference.hpp"
#include "block/resync.hpp"
#include "runtime/pool.hpp"

namespace garage::block {
namespace {

constexpr size_t kRowsPerStep = 256;

struct Found {
  BlockHash hash;
  Uuid owner;
  std::optional<Reference> reference;  // unless it is damaged
  bool here = false;
};

struct Step {
  std::vector<Found> found;
  std::string next_from;
};

Result<Step> look_at_references(kv::Store& store, const std::string& from) {
  Step step;
  auto rows = store.iterate(kv::Family::kBlockRef, {});
  std::optional<BlockHash> last;
  bool last_here = false;
  for (rows->seek(from); rows->valid() && step.found.size() < kRowsPerStep; rows->next()) {
    step.next_from = std::string(rows->key()) + '\0';
    const auto hash = BlockHash::from_raw(rows->key().substr(0, BlockHash::kSize));
    const auto owner = Uuid::from_raw(rows->key().substr(std::min(BlockHash::kSize, rows->key().size())));
    if (!hash || !owner) continue;
    if (last != *hash) {
      TRY(const auto place, store.get(kv::Family::kBlockIndex, hash->view()));
      last = *hash;
      last_here = place.has_value();
    }
    auto reference = decode_reference(*hash, *owner, rows->value());
    step.found.push_back({*hash, *owner, reference ? std::optional(std::move(*reference)) : std::nullopt, last_here});
  }
  CHECK_OK(rows->status());
  return step;
}

}  // namespace

Task<Result<RepairReport>> Resync::repair() {
  RepairReport report;
  std::string from;
  while (!stopping_) {
    CO_TRY(auto step,
           co_await runtime::run_on(env_.pools.disk, [this, &from] { return look_at_references(store_, from); }));
    if (step.found.empty()) break;
    from = std::move(step.next_from);
    for (Found& found : step.found) {
      ++report.references;
      if (!found.here) {
        want(found.hash);
        ++report.blocks_missing;
      }
      if (!found.reference) continue;
      // A node that can't be told now is told by the next repair.
      if (co_await replicas_.pass_on(found.owner, std::move(*found.reference), found.hash)) ++report.passed_on;
    }
    CO_CHECK_OK(co_await write_wanted());
  }
  co_return report;
}

}  // namespace garage::block

#include "block/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "block/queue_changes.hpp"
#include "block/queue_rows.hpp"
#include "block/reference.hpp"
#include "runtime/nap.hpp"
#include "runtime/pool.hpp"
#include "runtime/sleep.hpp"

namespace garage::block {
namespace {

constexpr size_t kReferencesPerPage = 256;
constexpr size_t kTellAtOnce = 16;
constexpr size_t kLackingMax = 100'000;
constexpr Duration kDaily = std::chrono::hours(24), kSoonest = 2s, kLatest = 5min, kSoon = 30s;

// Others are served between two pages.
constexpr Duration kBreath = 1ms;

}  // namespace

Result<Inspection::Page> Inspection::look(const std::string& from) const {
  Page page;
  auto rows = store_.iterate(kv::Family::kBlockRef, {});
  std::optional<BlockHash> last;
  BlockSets sets;
  for (rows->seek(from); rows->valid() && page.references < kReferencesPerPage; rows->next()) {
    ++page.references;
    page.next_from = std::string(rows->key()) + '\0';
    const auto hash = BlockHash::from_raw(rows->key().substr(0, BlockHash::kSize));
    const auto owner = Uuid::from_raw(rows->key().substr(std::min(BlockHash::kSize, rows->key().size())));
    if (!hash || !owner) continue;
    const bool is_next = last != *hash;
    if (is_next) {
      last = *hash;
      sets = placement_.sets_for(*hash);
    }
    if (sets.write.empty()) continue;  // nobody knows yet whose it is
    if (std::ranges::find(sets.write, self_) != sets.write.end()) {
      if (!is_next) continue;
      TRY(const bool here, holder_.blocks().has(*hash));
      if (!here) page.missing.push_back(*hash);
      continue;
    }
    auto reference = decode_reference(*hash, *owner, rows->value());
    if (!reference) continue;  // nobody else can be told of it
    const Ord ceiling = reference->ceiling;
    page.foreign.push_back({.name = {*hash, *owner, ceiling},
                            .reference = std::move(*reference),
                            .key = std::string(rows->key()),
                            .value = std::string(rows->value()),
                            .owners = sets.write});
  }
  CHECK_OK(rows->status());
  return page;
}

Task<Result<void>> Inspection::tell_owner(NodeId owner, Foreign foreign, Held held) {
  const BlockHash hash = foreign.name.hash;
  if (held == Held::kNothing) {
    CO_CHECK_OK(co_await replicas_.tell(owner, foreign.name.owner, foreign.reference, hash));
  }
  // Whoever was told fetches the bytes by himself, from the nodes that may have them. If this is none of these any more
  // it has to bring them.
  const BlockSets sets = placement_.sets_for(hash);
  if (std::ranges::find(sets.read, self_) != sets.read.end()) co_return Result<void>();
  CO_TRY(Buffer raw, co_await holder_.read({hash, 0, UINT64_MAX}));
  co_return co_await replicas_.give(owner, foreign.name.owner, std::move(foreign.reference), hash, std::move(raw));
}

Task<void> Inspection::ask_owner(NodeId owner, std::vector<Foreign>& foreign) {
  std::vector<size_t> which;
  std::vector<NamedReference> names;
  for (size_t i = 0; i < foreign.size(); ++i) {
    if (std::ranges::find(foreign[i].owners, owner) == foreign[i].owners.end()) continue;
    which.push_back(i);
    names.push_back(foreign[i].name);
  }
  const auto held = co_await replicas_.ask_what_is_held(owner, std::move(names));
  if (!held) {
    LOG_DEBUG("block", "{} does not say which blocks it has: {}", owner.hex(), held.error().message);
    co_return;
  }
  for (size_t i = 0; i < which.size() && !stopping_; ++i) {
    Foreign& one = foreign[which[i]];
    if ((*held)[i] == Held::kAll) {
      ++one.holding;
      continue;
    }
    if ((*held)[i] == Held::kNothing && lacking_.size() < kLackingMax) lacking_.insert(one.key);
    if (auto told = co_await tell_owner(owner, one, (*held)[i]); !told) {
      LOG_DEBUG("block", "a block is not handed over to {} yet: {}", owner.hex(), told.error().message);
    }
  }
}

// A reference that an owner still lacks after it was told may be one of the dead, which the owner has dropped by now.
Task<Result<void>> Inspection::ask_after_owners(std::vector<Foreign>& foreign) {
  auto change = std::make_shared<LeaseChange>();
  for (const Foreign& one : foreign) {
    if (!lacking_.contains(one.key) || !lacking_before_.contains(one.key)) continue;
    change->add({one.name.owner, one.reference, {one.name.hash}});
  }
  if (change->empty()) co_return Result<void>();
  co_return co_await commits_.commit(std::move(change));
}

Task<void> Inspection::hand_over(std::vector<Foreign>& foreign) {
  std::set<NodeId> owners;
  for (const Foreign& one : foreign) owners.insert(one.owners.begin(), one.owners.end());
  runtime::TaskGroup asking;
  for (const NodeId& owner : owners) {
    asking.spawn(ask_owner(owner, foreign));
    co_await asking.below(kTellAtOnce);
  }
  co_await asking.join();
}

Task<Result<InspectionReport>> Inspection::run_once() {
  InspectionReport report;
  std::string from;
  lacking_before_ = std::exchange(lacking_, {});
  while (!stopping_) {
    CO_TRY(auto page, co_await runtime::run_on(env_.pools.disk, [this, &from] { return look(from); }));
    if (page.references == 0) break;
    from = std::move(page.next_from);
    report.references += page.references;
    report.blocks_missing += page.missing.size();
    for (const BlockHash& hash : page.missing) resync_.want(hash);
    CO_CHECK_OK(co_await resync_.write_wanted());
    if (!page.foreign.empty() && placement_.settled()) {
      co_await hand_over(page.foreign);
      CO_CHECK_OK(co_await ask_after_owners(page.foreign));
    }
    SeenReferences seen;
    for (Foreign& one : page.foreign) {
      // As many copies as there are to be, or none goes. Asked again: meanwhile the layout may have changed.
      const bool enough = one.holding == one.owners.size() && placement_.settled() &&
                          placement_.sets_for(one.name.hash).write == one.owners;
      if (enough) {
        seen.emplace_back(std::move(one.key), std::move(one.value));
      } else {
        ++report.kept;
      }
    }
    report.let_go += seen.size();
    if (!seen.empty()) CO_CHECK_OK(co_await holder_.let_go(std::move(seen)));
    notes_.progress(fmt::format("{} references, {} blocks to fetch, {} let go", report.references,
                                report.blocks_missing, report.let_go));
    co_await runtime::sleep_for(kBreath);
  }
  let_go_ += report.let_go;
  kept_ = report.kept;
  looked_ = looked_ || !stopping_;
  co_return report;
}

void Inspection::start() {
  duty_.spawn(run());
}

Task<void> Inspection::run() {
  Duration rest = kSoonest;
  while (!stopping_) {
    requested_ = soon_ = false;
    if (!placement_.alone()) {
      notes_.busy();
      auto report = co_await run_once();
      if (report && (report->blocks_missing > 0 || report->let_go > 0)) {
        LOG_INFO("block", "looked through {} references: {} blocks to fetch, {} let go of, {} not yet",
                 report->references, report->blocks_missing, report->let_go, report->kept);
      }
      if (notes_.ended(report, runtime::Loop::current()->now())) {
        LOG_WARN("block", "references cannot be looked through: {}", report.error().message);
      }
      const bool waiting = !report || report->kept > 0;
      rest = waiting && (!report || report->let_go == 0) ? std::min(2 * rest, kLatest) : kSoonest;
      if (!waiting) rest = kDaily;
    }
    const MonotonicTime soon = runtime::Loop::current()->now() + kSoon;
    co_await runtime::nap(
        rest, [this, soon] { return stopping_ || requested_ || (soon_ && runtime::Loop::current()->now() >= soon); });
    if (requested_ || soon_ || rest == kDaily) rest = kSoonest;
  }
}

Task<void> Inspection::stop() {
  stopping_ = true;
  co_await duty_.join();
}

}  // namespace garage::block

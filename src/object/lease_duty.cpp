// Asks after the owners of references whose lease is over: the writer may have died before it wrote the row.
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "block/queue_rows.hpp"
#include "block/reference.hpp"
#include "object/cluster_collector.hpp"
#include "object/upload_rows.hpp"
#include "object/verdict.hpp"
#include "table/stored_row.hpp"

namespace garage::object {
namespace {

// How long to wait before asking again where the answer was "not yet", or none.
constexpr Duration kAskAgain = std::chrono::minutes(5);
constexpr size_t kPostponedMax = 100'000;

// Leases that are done with, if they are as they were: a late message may have brought a reference back meanwhile, and
// this row with it. One whose owner is dead goes only where no reference of the owner is left here.
class EndLeases final : public kv::Change {
 public:
  void add(std::string key, std::string value, Uuid owner, std::vector<BlockHash> dropped) {
    leases_.push_back({std::move(key), std::move(value), owner, std::move(dropped)});
  }
  size_t size() const { return leases_.size(); }
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const Lease& lease : leases_) {
      TRY(const auto now, view.get(kv::Family::kQueue, lease.key));
      bool left = !now || *now != lease.value;
      for (const BlockHash& hash : lease.dropped) {
        TRY(const auto reference, view.get(kv::Family::kBlockRef, block::reference_key(hash, lease.owner)));
        left = left || reference.has_value();
      }
      if (!left) batch.remove(kv::Family::kQueue, lease.key);
    }
    return {};
  }
  size_t bytes() const override { return 256 + 256 * leases_.size(); }

 private:
  struct Lease {
    std::string key, value;
    Uuid owner;
    std::vector<BlockHash> dropped;  // none where the owner is alive
  };
  std::vector<Lease> leases_;
};

enum class Answer { kAlive, kDead, kNotYet };

Task<Result<Answer>> ask_object(Core& core, block::LeaseRow lease) {
  const std::string& row_key = lease.reference.backlink;
  // If a row that lies here names the owner, this node also hears when that is replaced.
  CO_TRY(auto here, co_await table::get_row(core.store, core.env.pools.disk, kv::Family::kObject, row_key));
  CO_TRY(Owners named, co_await owners_named(core, row_key, std::move(here)));
  if (named.contains(lease.owner)) co_return Answer::kAlive;
  CO_TRY(named, co_await owners_above(core, row_key, lease.owner, lease.reference.ceiling));
  co_return named.contains(lease.owner) ? Answer::kAlive : Answer::kDead;
}

Task<Result<Answer>> ask_part(Core& core, block::LeaseRow lease) {
  const std::string& part_row = lease.reference.backlink;
  CO_TRY(const auto parsed, parse_upload_row_key(part_row));
  if (!parsed.attempt) co_return fail(ErrorKind::kCorrupt, "a reference of a part names no part");
  // A part that is there goes with its upload.
  CO_TRY(const auto part, co_await core.uploads->read(part_row));
  if (part && part->value) co_return Answer::kAlive;
  const std::string upload_row(upload_row_of_part(part_row));
  CO_TRY(const std::string object_row, object_row_beside(upload_row));
  CO_TRY(auto object, co_await core.objects->read(object_row));
  CO_TRY(Owners named, co_await owners_named(core, object_row, std::move(object)));
  if (named.contains(lease.owner)) co_return Answer::kAlive;
  CO_TRY(const auto upload_found, co_await core.uploads->read(upload_row));
  if (upload_found && upload_found->value) {
    CO_TRY(const auto upload, model::decode_upload(*upload_found->value));
    if (upload.state == model::UploadState::kOpen) co_return Answer::kNotYet;
  }
  CO_TRY(named, co_await owners_after_upload(core, object_row, parsed.upload));
  co_return named.contains(lease.owner) ? Answer::kAlive : Answer::kDead;
}

// That an owner is dead is final: it is not asked after again.
Task<Result<Answer>> ask(Core& core, block::LeaseRow lease, bool known_dead) {
  if (known_dead) co_return Answer::kDead;
  if (lease.reference.upload.is_zero()) co_return co_await ask_object(core, std::move(lease));
  co_return co_await ask_part(core, std::move(lease));
}

Task<Result<void>> drop(Core& core, block::LeaseRow lease) {
  const Ord judged = lease.reference.upload.is_zero() ? lease.reference.ceiling : Ord::highest();
  co_return co_await core.cluster->blocks->drop(lease.owner, std::move(lease.hashes), judged);
}

// Is the lease done with? Then `finished` takes it; else it is asked after again later. The bytes of an owner that is
// dead may be those of an object that was just replaced: who still reads them has its grace from the moment on when the
// death was first seen.
Task<Result<bool>> try_lease(Core& core, QueueRow row, bool known_dead, PostponedLease* postponed,
                             EndLeases* finished) {
  *postponed = {core.env.clock.monotonic_now() + kAskAgain, known_dead};
  CO_TRY(auto lease, block::decode_lease(row.key, row.value));
  CO_TRY(const Answer answer, co_await ask(core, lease, known_dead));
  if (answer == Answer::kNotYet) co_return false;
  if (answer == Answer::kDead && !known_dead && core.options.collect_grace > Duration{0}) {
    *postponed = {core.env.clock.monotonic_now() + core.options.collect_grace, true};
    co_return false;
  }
  if (answer == Answer::kDead) CO_CHECK_OK(co_await drop(core, lease));
  finished->add(std::move(row.key), std::move(row.value), lease.owner,
                answer == Answer::kDead ? std::move(lease.hashes) : std::vector<BlockHash>());
  co_return true;
}

Task<void> try_beside_others(Core& core, QueueRow row, bool known_dead, EndLeases* finished) {
  const std::string key = row.key;
  PostponedLease postponed;
  const auto ended = co_await try_lease(core, std::move(row), known_dead, &postponed, finished);
  if (ended && *ended) co_return;
  if (!ended && ended.error().kind != ErrorKind::kUnavailable) {
    LOG_WARN("object", "the owner of some blocks can't be asked after: {}", ended.error().message);
  }
  if (core.postponed_leases.size() < kPostponedMax) core.postponed_leases[key] = postponed;
}

}  // namespace

Task<Result<size_t>> ask_for_owners(Core& core) {
  size_t done = 0;
  std::string from;
  const MonotonicTime began = core.env.clock.monotonic_now();
  const uint64_t now_ms = core.env.clock.wall_now().unix_ms;
  for (;;) {
    CO_TRY(const auto rows, co_await next_rows(core, std::string(block::kLeaseQueue), from));
    auto finished = std::make_shared<EndLeases>();
    runtime::TaskGroup asking;
    for (const auto& row : rows) {
      if (core.stopping || block::ceiling_of_lease(row.key).hybrid_ms >= now_ms) break;
      bool known_dead = false;
      if (const auto at = core.postponed_leases.find(row.key); at != core.postponed_leases.end()) {
        if (core.env.clock.monotonic_now() < at->second.again) continue;
        known_dead = at->second.dead;
        core.postponed_leases.erase(at);
      }
      asking.spawn(try_beside_others(core, row, known_dead, finished.get()));
      co_await asking.below(kEntriesAtOnce);
    }
    co_await asking.join();
    done += finished->size();
    if (finished->size() > 0) CO_CHECK_OK(co_await core.commits.commit(finished));
    if (rows.size() < kEntriesPerRound || core.stopping ||
        block::ceiling_of_lease(rows.back().key).hybrid_ms >= now_ms) {
      break;
    }
    from = rows.back().key + '\0';
  }
  // Each lease whose time had come has been looked at: what still waits for it is there no more.
  if (!core.stopping) {
    std::erase_if(core.postponed_leases, [began](const auto& lease) { return lease.second.again <= began; });
  }
  co_return done;
}

}  // namespace garage::object

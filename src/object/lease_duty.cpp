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
constexpr uint64_t kAskAgainMs = 5 * 60 * 1000;
constexpr size_t kPostponedMax = 100'000;

// Leases that are done with. One whose owner is dead goes only where no reference of the owner is left here: a late
// message may have brought one back meanwhile, and this row with it.
class EndLeases final : public kv::Change {
 public:
  void add(std::string key, Uuid owner, std::vector<BlockHash> dropped) {
    leases_.push_back({std::move(key), owner, std::move(dropped)});
  }
  size_t size() const { return leases_.size(); }
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const Lease& lease : leases_) {
      bool left = false;
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
    std::string key;
    Uuid owner;
    std::vector<BlockHash> dropped;  // none where the owner is alive
  };
  std::vector<Lease> leases_;
};

enum class Answer { kAlive, kDropped, kNotYet };

Task<Result<Answer>> ask_object(Core& core, block::LeaseRow lease) {
  const std::string& row_key = lease.reference.backlink;
  // If a row that lies here names the owner, this node also hears when that is replaced.
  CO_TRY(auto here, co_await table::get_row(core.store, core.env.pools.disk, kv::Family::kObject, row_key));
  CO_TRY(Owners named, co_await owners_named(core, row_key, std::move(here)));
  if (named.contains(lease.owner)) co_return Answer::kAlive;
  CO_TRY(named, co_await owners_above(core, row_key, lease.owner, lease.reference.ceiling));
  if (named.contains(lease.owner)) co_return Answer::kAlive;
  CO_CHECK_OK(co_await core.cluster->blocks->drop(lease.owner, lease.hashes, lease.reference.ceiling));
  co_return Answer::kDropped;
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
  if (named.contains(lease.owner)) co_return Answer::kAlive;
  CO_CHECK_OK(co_await core.cluster->blocks->drop(lease.owner, lease.hashes, Ord::highest()));
  co_return Answer::kDropped;
}

}  // namespace

Task<Result<size_t>> ask_for_owners(Core& core) {
  size_t done = 0;
  std::string from;
  const uint64_t now_ms = core.env.clock.wall_now().unix_ms;
  for (;;) {
    CO_TRY(const auto rows, co_await next_rows(core, std::string(block::kLeaseQueue), from));
    auto finished = std::make_shared<EndLeases>();
    for (const auto& row : rows) {
      if (core.stopping || block::ceiling_of_lease(row.key).hybrid_ms >= now_ms) break;
      if (const auto at = core.postponed_leases.find(row.key); at != core.postponed_leases.end()) {
        if (now_ms < at->second) continue;
        core.postponed_leases.erase(at);
      }
      auto lease = block::decode_lease(row.key, row.value);
      Result<Answer> answer = Answer::kAlive;
      if (!lease) {
        answer = std::unexpected(lease.error());
      } else if (lease->reference.upload.is_zero()) {
        answer = co_await ask_object(core, *lease);
      } else {
        answer = co_await ask_part(core, *lease);
      }
      if (answer && *answer != Answer::kNotYet) {
        const bool dropped = *answer == Answer::kDropped;
        finished->add(row.key, lease->owner, dropped ? std::move(lease->hashes) : std::vector<BlockHash>());
        continue;
      }
      if (!answer && answer.error().kind != ErrorKind::kUnavailable) {
        LOG_WARN("object", "the owner of some blocks can't be asked after: {}", answer.error().message);
      }
      if (core.postponed_leases.size() < kPostponedMax) core.postponed_leases[row.key] = now_ms + kAskAgainMs;
    }
    done += finished->size();
    if (finished->size() > 0) CO_CHECK_OK(co_await core.commits.commit(finished));
    if (rows.size() < kEntriesPerRound || core.stopping ||
        block::ceiling_of_lease(rows.back().key).hybrid_ms >= now_ms) {
      co_return done;
    }
    from = rows.back().key + '\0';
  }
}

}  // namespace garage::object

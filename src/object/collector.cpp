// The background duty that returns space: versions that were replaced or deleted, uploads that ended, tombstones past
// their horizon.
#include "object/collector.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "object/cluster_collector.hpp"
#include "object/collector_queue.hpp"
#include "object/core.hpp"
#include "object/upload_access.hpp"
#include "object/upload_rows.hpp"
#include "runtime/nap.hpp"
#include "runtime/pool.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

constexpr size_t kTombstonesPerChange = 256;
// With one replica nobody needs a tombstone; this only keeps a burst of deletes out of the collector's way.
constexpr uint64_t kTombstoneHorizonMs = 5'000;
constexpr Duration kRoundInterval = 1s;

// Drops one body step by step: a page of a long block list is one change, so that the commit queue is never held up for
// long.
Task<Result<void>> drop_body(Core& core, std::string row_key, model::BodyPlace body) {
  for (uint32_t page = body.manifest_pages; page-- > 0;) {
    const std::string key = model::manifest_key(body.owner, page);
    CO_TRY(const auto encoded, co_await core.get(kv::Family::kManifest, key));
    if (!encoded) continue;
    CO_TRY(const auto blocks, model::decode_block_page(key, *encoded));
    auto change = std::make_shared<DropChange>(core.blocks, row_key,
                                               DropStep{body.owner, hashes_of(blocks), {{kv::Family::kManifest, key}}});
    CO_CHECK_OK(co_await core.commits.commit(change));
    if (change->spared()) co_return Result<void>{};
  }
  DropStep last{body.owner, hashes_of(body.blocks), {}};
  if (body.is_inline) last.rows.push_back({kv::Family::kInline, std::string(body.owner.view())});
  auto change = std::make_shared<DropChange>(core.blocks, std::move(row_key), std::move(last));
  co_return co_await core.commits.commit(change);
}

// A version that was replaced or deleted.
Task<Result<bool>> drop_version(Core& core, QueueRow row) {
  CO_TRY(const auto entry, decode_drop_entry(row.key, row.value));
  if (core.pins.pinned(entry.uuid)) co_return false;
  CO_TRY(auto version, model::decode_object_version(entry.version));
  std::vector<kv::Key> done{{kv::Family::kQueue, row.key}};
  if (version.is_multipart()) {
    std::vector<model::ObjectPart> parts = std::move(version.parts);
    for (uint32_t page = 0; page < version.part_pages; ++page) {
      const std::string key = model::manifest_key(entry.uuid, page);
      CO_TRY(const auto encoded, co_await core.get(kv::Family::kManifest, key));
      if (!encoded) continue;
      CO_TRY(auto more, model::decode_part_page(key, *encoded));
      std::ranges::move(more, std::back_inserter(parts));
      done.push_back({kv::Family::kManifest, key});
    }
    for (auto& part : parts) CO_CHECK_OK(co_await drop_body(core, entry.row_key, std::move(part.body)));
  } else {
    CO_CHECK_OK(co_await drop_body(core, entry.row_key, std::move(version.body)));
  }
  CO_CHECK_OK(co_await core.commits.commit(std::make_shared<RemoveRows>(std::move(done))));
  co_return true;
}

// The bookkeeping of a Complete whose coordinator died before it could do it.
Task<Result<void>> mark_completed(Core& core, std::string upload_row, std::string final_upload) {
  CO_TRY(const auto upload, co_await read_upload(core, upload_row));
  if (upload.state == model::UploadState::kCompleted) co_return Result<void>{};
  table::Write write;
  write.key = upload_row;
  write.uuid = core.env.random.id<Uuid>();
  write.decision = table::always(std::move(final_upload));
  CO_TRY([[maybe_unused]] const auto written, co_await core.uploads->write(std::move(write)));
  co_return Result<void>{};
}

// What a completed or aborted upload left.
Task<Result<bool>> drop_upload(Core& core, QueueRow row) {
  CO_TRY(const auto entry, decode_upload_entry(row.key, row.value));
  const std::string upload_row = row.key.substr(1);
  if (entry.completed && !entry.by_row) {
    auto marked = co_await mark_completed(core, upload_row, entry.final_upload);
    if (!marked && marked.error().kind != ErrorKind::kNotFound) co_return std::unexpected(marked.error());
  }
  CO_TRY(auto attempts, co_await read_attempts(core, upload_row));
  // Each step asks the object's row, too: what it names stays, whatever the entry says.
  CO_TRY(const std::string object_row, object_row_beside(upload_row));
  const std::set<Uuid> kept(entry.kept_attempts.begin(), entry.kept_attempts.end());
  std::vector<kv::Key> attempt_rows;
  for (auto& attempt : attempts) {
    attempt_rows.push_back({kv::Family::kUpload, attempt.key});
    if (kept.contains(attempt.attempt.part.body.owner)) continue;
    CO_CHECK_OK(co_await drop_body(core, object_row, std::move(attempt.attempt.part.body)));
  }
  const bool worked = !attempts.empty();
  if (worked) CO_CHECK_OK(co_await core.commits.commit(std::make_shared<RemoveRows>(std::move(attempt_rows))));
  const uint64_t now_ms = core.env.clock.wall_now().unix_ms;
  const bool remembered = entry.completed && now_ms < entry.ended_ms + kCompletedUploadMs;
  if (worked || remembered) co_return worked;
  std::vector<kv::Key> done{{kv::Family::kQueue, row.key}, {kv::Family::kUpload, upload_row}};
  CO_CHECK_OK(co_await core.commits.commit(std::make_shared<RemoveRows>(std::move(done))));
  co_return true;
}

void has_to_wait(Core& core, const Error& why) {
  LOG_DEBUG("object", "an entry has to wait: {}", why.message);
  // Where there is no other node to wait for people have to look at it.
  if (!core.replicated() || why.kind == ErrorKind::kCorrupt)
    core.collector_notes.failed(why.message, runtime::Loop::current()->now());
}

Task<Result<size_t>> forget_tombstones(Core& core, std::vector<QueueRow> rows) {
  const uint64_t now_ms = core.env.clock.wall_now().unix_ms;
  size_t count = 0;
  std::vector<ForgetTombstones::Tombstone> batch;
  for (const auto& row : rows) {
    const auto entry = decode_tomb_entry(row.key, row.value);
    if (!entry) has_to_wait(core, entry.error());
    if (!entry || entry->deleted_ms + kTombstoneHorizonMs > now_ms) continue;
    batch.push_back({row.key.substr(1), entry->ord});
    ++count;
    if (batch.size() < kTombstonesPerChange) continue;
    CO_CHECK_OK(co_await core.commits.commit(std::make_shared<ForgetTombstones>(std::exchange(batch, {}))));
  }
  if (!batch.empty()) CO_CHECK_OK(co_await core.commits.commit(std::make_shared<ForgetTombstones>(std::move(batch))));
  co_return count;
}

// One that can't be judged now keeps none of the others waiting.
Task<Result<bool>> collect_entry(Core& core, char kind, QueueRow row, Duration known) {
  const bool is_version = kind == kDropQueue;
  Result<bool> worked = false;
  if (core.replicated()) {
    auto work = is_version ? collect_version(core, row, known) : collect_upload(core, row);
    worked = co_await std::move(work);
  } else {
    auto work = is_version ? drop_version(core, row) : drop_upload(core, row);
    worked = co_await std::move(work);
  }
  if (worked || worked.error().kind == ErrorKind::kClosed) co_return worked;
  has_to_wait(core, worked.error());
  co_return false;
}

// One round over everything in the queue. Lives in the frame of collect_round().
struct Round {
  Core& core;
  const MonotonicTime began;
  size_t done = 0;
  bool closed = false;
  runtime::TaskGroup entries = {};
};

Task<void> collect_beside_others(Round& round, char kind, QueueRow row, Duration known) {
  const auto worked = co_await collect_entry(round.core, kind, std::move(row), known);
  if (!worked) {
    round.closed = true;
  } else if (*worked) {
    ++round.done;
  }
}

// Entries that were not there in the round before are left alone: a reader that has just read the row they come from
// has had time to pin it.
Task<Result<void>> start_entries(Round& round, char kind) {
  Core& core = round.core;
  std::string from;
  for (;;) {
    CO_TRY(auto rows, co_await next_rows(core, std::string(1, kind), from));
    if (rows.empty()) co_return Result<void>{};
    from = rows.back().key + '\0';
    const bool last = rows.size() < kEntriesPerRound;
    if (kind == kTombQueue) {
      CO_TRY(const size_t forgotten, co_await forget_tombstones(core, std::move(rows)));
      round.done += forgotten;
    } else {
      for (auto& row : rows) {
        if (core.stopping || round.closed) co_return Result<void>{};
        const auto since = core.seen_by_collector.see(row.key, round.began);
        if (!since) continue;
        round.entries.spawn(collect_beside_others(round, kind, std::move(row), round.began - *since));
        co_await round.entries.below(kEntriesAtOnce);
      }
    }
    if (last || core.stopping) co_return Result<void>{};
  }
}

Task<void> ask_beside_others(Core& core, Result<size_t>& asked) {
  asked = co_await ask_for_owners(core);
}

Task<Result<size_t>> collect_round(Core& core) {
  Round round{core, core.env.clock.monotonic_now()};
  const bool replicated = core.replicated();
  // Also where this node is alone now: it may not have been when the leases began.
  Result<size_t> asked = 0;
  runtime::TaskGroup leases;
  if (core.cluster && !core.stopping) leases.spawn(ask_beside_others(core, asked));
  Result<void> started;
  for (const char kind : {kDropQueue, kUploadQueue, kTombQueue}) {
    // Several nodes keep their tombstones: one of them may have missed the deletion.
    if (!started || (replicated && kind == kTombQueue)) break;
    started = co_await start_entries(round, kind);
  }
  co_await round.entries.join();
  co_await leases.join();
  CO_CHECK_OK(started);
  if (round.closed) co_return fail(ErrorKind::kClosed, "the collector is stopped");
  core.seen_by_collector.end_round();
  // Of entries that are there no more, too: others have done the work.
  std::erase_if(core.postponed_entries, [&round](const auto& entry) { return entry.second <= round.began; });
  CO_CHECK_OK(asked);
  co_return round.done + *asked;
}

Task<void> collect_until_stopped(Core& core) {
  while (!core.stopping) {
    core.collector_notes.busy();
    auto done = co_await collect_round(core);
    if (core.collector_notes.ended(done, runtime::Loop::current()->now())) {
      LOG_WARN("object", "space could not be collected, will be tried again: {}", done.error().message);
    }
    co_await runtime::nap(kRoundInterval, [&core] { return core.stopping.load(); });
  }
}

}  // namespace

Task<Result<void>> Objects::forget_dead(std::string entry_key) {
  return forget_version(*core_, std::move(entry_key));
}

Task<Result<size_t>> Objects::collect_once() {
  auto done = co_await collect_round(*core_);
  co_await core_->telling.join();
  co_return done;
}

const runtime::WorkerNotes& Objects::collector_notes() const {
  return core_->collector_notes;
}

void Objects::start_collector() {
  core_->collects_on = runtime::Loop::current();
  core_->collecting.spawn(collect_until_stopped(*core_));
}

}  // namespace garage::object

#include "block/resync.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "block/count_down.hpp"
#include "block/queue_changes.hpp"
#include "runtime/pool.hpp"
#include "runtime/sleep.hpp"
#include "runtime/stopwatch.hpp"
#include "runtime/task_group.hpp"

namespace garage::block {
namespace {

// What a round has found out. An entry goes only if the block is here, or not needed, at that moment: a late reference
// may have asked for it anew. One that failed is written anew only if it is still there: it may have been cleared.
class FetchRound final : public kv::Change {
 public:
  void done(const BlockHash& hash, bool needed) { done_.emplace_back(hash, needed); }
  void put(std::string key, std::string value) { again_.put(kv::Family::kQueue, std::move(key), std::move(value)); }
  bool empty() const { return done_.empty() && again_.empty(); }
  void reads(std::vector<kv::Key>& out) const override {
    for (const auto& [hash, needed] : done_) out.push_back(BlockStore::index_key(hash));
    for (const auto& entry : again_.entries()) out.push_back({entry.family, entry.key});
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const auto& entry : again_.entries()) {
      TRY(const auto there, view.get(entry.family, entry.key));
      if (there) batch.entries().push_back(entry);
    }
    for (const auto& [hash, needed] : done_) {
      TRY(const auto place, view.get(kv::Family::kBlockIndex, hash.view()));
      if (!place && needed) {
        TRY(const bool referenced, is_referenced(view, hash));
        if (referenced) continue;
      }
      batch.remove(kv::Family::kQueue, fetch_key(hash));
    }
    return {};
  }
  size_t bytes() const override { return 256 + 128 * (done_.size() + again_.entries().size()); }

 private:
  std::vector<std::pair<BlockHash, bool>> done_;
  kv::Batch again_;
};

constexpr size_t kWantedMax = 65'536;
constexpr size_t kBlocksPerRound = 256;
constexpr uint64_t kFirstPauseMs = 10'000;
constexpr uint64_t kLongestPauseMs = 60 * 60 * 1000;
// Rests shorter than that are not worth a timer; longer ones would only keep blocks waiting.
constexpr Duration kRestMin = 1ms, kRestMax = 1s;

}  // namespace

void Resync::want(const BlockHash& hash) {
  std::lock_guard lock(mutex_);
  if (wanted_.size() < kWantedMax) wanted_.insert(hash);
}

Task<Result<void>> Resync::write_wanted() {
  std::set<BlockHash> wanted;
  {
    std::lock_guard lock(mutex_);
    wanted = std::exchange(wanted_, {});
  }
  if (wanted.empty()) co_return Result<void>();
  auto change = std::make_shared<QueueChange>();
  auto written = add_entries(wanted, *change);
  if (written && !change->empty()) {
    auto committed = co_await commits_.commit(std::move(change));
    written = std::move(committed);
  }
  // What was found damaged is not found again soon.
  if (!written) {
    for (const BlockHash& hash : wanted) want(hash);
  }
  co_return written;
}

Result<void> Resync::add_entries(const std::set<BlockHash>& hashes, QueueChange& change) const {
  for (const BlockHash& hash : hashes) {
    const std::string key = fetch_key(hash);
    TRY(const auto there, store_.get_if_cached(kv::Family::kQueue, key));
    if (there && *there) continue;
    change.put(key, encode_fetch(key, {}));
  }
  return {};
}

Result<Resync::Page> Resync::look(uint64_t now_ms, const std::string& from) const {
  Page page;
  auto rows = store_.iterate(kv::Family::kQueue, {});
  for (rows->seek(from); rows->valid() && rows->key().starts_with(kFetchQueue); rows->next()) {
    if (page.due.size() == kBlocksPerRound || page.seen.length == kRowsPerRound) {
      page.next = rows->key();
      break;
    }
    const FetchRow row = page.seen.add(rows->key(), rows->value());
    const auto hash = BlockHash::from_raw(rows->key().substr(kFetchQueue.size()));
    // No pause is that long: it was set by a clock that was ahead.
    const bool due = row.due_ms <= now_ms || row.due_ms > now_ms + 2 * kLongestPauseMs;
    if (hash && due) page.due.push_back({*hash, row});
  }
  CHECK_OK(rows->status());
  return page;
}

Result<Resync::Sizes> Resync::count() const {
  Sizes all;
  auto rows = store_.iterate(kv::Family::kQueue, {});
  for (rows->seek(kFetchQueue); rows->valid() && rows->key().starts_with(kFetchQueue); rows->next()) {
    all.add(rows->key(), rows->value());
  }
  CHECK_OK(rows->status());
  return all;
}

FetchRow Resync::Sizes::add(std::string_view key, std::string_view value) {
  // A damaged entry says as much as a new one: its key is what matters.
  const FetchRow row = decode_fetch(key, value).value_or(FetchRow{});
  ++length;
  if (row.attempts > 0) ++errors;
  return row;
}

void Resync::go_on_behind(const Page& page) {
  lap_.length += page.seen.length;
  lap_.errors += page.seen.errors;
  next_ = page.next;
  if (next_.empty()) {
    queue_length_ = lap_.length;
    errors_ = lap_.errors;
    lap_ = {};
  } else {
    queue_length_ = std::max(queue_length_.load(), lap_.length);
    errors_ = std::max(errors_.load(), lap_.errors);
  }
}

Result<bool> Resync::is_referenced_here(const BlockHash& hash) const {
  auto rows = store_.iterate(kv::Family::kBlockRef, {});
  rows->seek(hash.view());
  const bool found = rows->valid() && rows->key().starts_with(hash.view());
  CHECK_OK(rows->status());
  return found;
}

bool Resync::is_mine(const BlockHash& hash) const {
  const BlockSets sets = placement_.sets_for(hash);
  return std::ranges::find(sets.write, self_) != sets.write.end();
}

Task<Result<void>> Resync::bring(BlockHash hash) {
  if (!is_mine(hash)) co_return Result<void>();
  CO_TRY(const bool referenced,
         co_await runtime::run_on(env_.pools.disk, [this, &hash] { return is_referenced_here(hash); }));
  if (!referenced) co_return Result<void>();
  if (co_await holder_.read({hash, 0, UINT64_MAX})) co_return Result<void>();
  CO_TRY(Buffer raw, co_await replicas_.fetch(hash));
  CO_CHECK_OK(co_await holder_.restore(hash, std::move(raw)));
  ++fetched_;
  if (meter_.received != nullptr) meter_.received->add();
  co_return Result<void>();
}

uint64_t Resync::next_try(uint64_t now_ms, uint64_t attempts) {
  const uint64_t pause = std::min(kLongestPauseMs, kFirstPauseMs << std::min<uint64_t>(attempts, 9));
  return now_ms + pause + env_.random.below(pause / 2);
}

struct Resync::Round {
  uint64_t now_ms = 0;
  bool ends_lap = false;
  uint64_t clears = 0;  // before it
  std::vector<Entry> due;
  size_t next = 0, done = 0;
  std::shared_ptr<FetchRound> change = std::make_shared<FetchRound>();
};

Task<void> Resync::try_one(Round& round, Entry entry) {
  const runtime::Stopwatch watch;
  auto brought = co_await bring(entry.hash);
  if (meter_.tries != nullptr) meter_.tries->add();
  if (meter_.errors != nullptr && !brought) meter_.errors->add();
  if (meter_.duration != nullptr) meter_.duration->record(watch.elapsed());
  if (round.clears != clears_) co_return;  // forgotten, and counted no longer
  if (brought) {
    round.change->done(entry.hash, is_mine(entry.hash));
    ++round.done;
    const bool failed_before = entry.row.attempts > 0;
    count_down(queue_length_);
    if (failed_before) count_down(errors_);
    if (!round.ends_lap) lap_.forget_one(failed_before);
    co_return;
  }
  if (stopping_) co_return;  // perhaps it is only that nobody can be asked any more
  if (entry.row.attempts == 0) {
    ++errors_;
    if (!round.ends_lap) ++lap_.errors;
    notes_.failed(brought.error().message, runtime::Loop::current()->now());
    LOG_WARN("block", "block {} could not be brought back, will be tried again: {}", entry.hash.hex(),
             brought.error().message);
  }
  const std::string key = fetch_key(entry.hash);
  round.change->put(
      key, encode_fetch(key, {next_try(round.now_ms, entry.row.attempts), entry.row.attempts + 1, round.now_ms}));
}

Task<void> Resync::work(Round& round) {
  while (round.next < round.due.size() && !stopping_ && round.clears == clears_) {
    const runtime::Stopwatch watch;
    notes_.busy();
    co_await try_one(round, round.due[round.next++]);
    const Duration rest = std::min<Duration>(kRestMax, watch.elapsed() * tranquility_.load());
    if (rest < kRestMin || round.next >= round.due.size()) continue;
    notes_.throttled(rest);
    co_await runtime::sleep_for(rest);
  }
}

Task<Result<size_t>> Resync::run_once() {
  holder_.forget_idle();
  has_more_ = false;
  CO_CHECK_OK(co_await write_wanted());
  Round round;
  round.clears = clears_;
  if (std::exchange(lap_clears_, round.clears) != round.clears) {
    lap_ = {};
    next_.clear();
  }
  if (!counted_) {
    CO_TRY(const Sizes all, co_await runtime::run_on(env_.pools.disk, [this] { return count(); }));
    if (round.clears != clears_) co_return size_t{0};
    queue_length_ = all.length;
    errors_ = all.errors;
    counted_ = true;
  }
  round.now_ms = env_.clock.wall_now().unix_ms;
  const std::string from = next_.empty() ? std::string(kFetchQueue) : next_;
  CO_TRY(auto page,
         co_await runtime::run_on(env_.pools.disk, [this, &round, &from] { return look(round.now_ms, from); }));
  if (round.clears != clears_) co_return size_t{0};
  go_on_behind(page);
  round.ends_lap = page.next.empty();
  const bool full = page.due.size() == kBlocksPerRound;
  round.due = std::move(page.due);
  if (round.due.empty()) {
    if (errors_ == 0) notes_.idle();
    co_return size_t{0};
  }
  runtime::TaskGroup workers;
  for (uint32_t i = 0; i < worker_count_; ++i) workers.spawn(work(round));
  co_await workers.join();
  if (!round.change->empty()) CO_CHECK_OK(co_await commits_.commit(round.change));
  notes_.idle();
  has_more_ = full && round.done > 0;
  co_return round.done;
}

}  // namespace garage::block

#include "block/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/forget_change.hpp"
#include "block/queue_changes.hpp"
#include "block/queue_rows.hpp"
#include "block/reference.hpp"
#include "runtime/pool.hpp"
#include "runtime/sleep.hpp"

namespace garage::block {
namespace {

constexpr size_t kRowsPerStep = 256;
constexpr Duration kBreath = 1ms;

struct Step {
  std::vector<LeaseRow> leases;
  size_t rows = 0;
  std::string next_from;
};

Result<Step> read_references(kv::Store& store, const std::string& from) {
  Step step;
  auto rows = store.iterate(kv::Family::kBlockRef, {});
  for (rows->seek(from); rows->valid() && step.rows < kRowsPerStep; rows->next()) {
    ++step.rows;
    step.next_from = std::string(rows->key()) + '\0';
    const auto hash = BlockHash::from_raw(rows->key().substr(0, BlockHash::kSize));
    const auto owner = Uuid::from_raw(rows->key().substr(std::min(BlockHash::kSize, rows->key().size())));
    if (!hash || !owner) continue;
    auto reference = decode_reference(*hash, *owner, rows->value());
    if (reference) step.leases.push_back({*owner, std::move(*reference), {*hash}});
  }
  CHECK_OK(rows->status());
  return step;
}

Result<std::vector<BlockHash>> read_index(kv::Store& store, const std::string& from) {
  std::vector<BlockHash> out;
  auto rows = store.iterate(kv::Family::kBlockIndex, {});
  for (rows->seek(from); rows->valid() && out.size() < kRowsPerStep; rows->next()) {
    if (const auto hash = BlockHash::from_raw(rows->key())) out.push_back(*hash);
  }
  CHECK_OK(rows->status());
  return out;
}

}  // namespace

Task<Result<uint64_t>> Repair::ask_after_all_owners() {
  uint64_t count = 0;
  std::string from;
  while (!stopping_) {
    CO_TRY(auto step,
           co_await runtime::run_on(env_.pools.disk, [this, &from] { return read_references(store_, from); }));
    if (step.rows == 0) break;
    from = std::move(step.next_from);
    auto change = std::make_shared<LeaseChange>();
    for (LeaseRow& lease : step.leases) change->add(std::move(lease));
    if (!change->empty()) CO_CHECK_OK(co_await commits_.commit(std::move(change)));
    count += step.rows;
    references_.progress(fmt::format("{} references", count));
    co_await runtime::sleep_for(kBreath);
  }
  co_return count;
}

Task<Result<uint64_t>> Repair::forget_unreferenced() {
  uint64_t looked_at = 0, forgotten = 0;
  std::string from;
  while (!stopping_) {
    CO_TRY(auto hashes, co_await runtime::run_on(env_.pools.disk, [this, &from] { return read_index(store_, from); }));
    if (hashes.empty()) break;
    from = std::string(hashes.back().view()) + '\0';
    looked_at += hashes.size();
    auto change = std::make_shared<ForgetChange>(blocks_, std::move(hashes));
    CO_CHECK_OK(co_await commits_.commit(change));
    forgotten += change->forgotten();
    counts_.progress(fmt::format("{} blocks, {} forgotten", looked_at, forgotten));
    co_await runtime::sleep_for(kBreath);
  }
  co_return forgotten;
}

Task<void> Repair::in_background(Task<Result<uint64_t>> work, runtime::WorkerNotes& notes, std::atomic<bool>& running) {
  notes.busy();
  const auto done = co_await std::move(work);
  if (done) {
    notes.done();
  } else {
    notes.failed(done.error().message, runtime::Loop::current()->now());
    if (done.error().kind != ErrorKind::kClosed) LOG_WARN("block", "a repair ended early: {}", done.error().message);
  }
  running = false;
}

bool Repair::start_references() {
  if (references_run_.exchange(true)) return false;
  duty_.spawn(in_background(ask_after_all_owners(), references_, references_run_));
  return true;
}

bool Repair::start_counts() {
  if (counts_run_.exchange(true)) return false;
  duty_.spawn(in_background(forget_unreferenced(), counts_, counts_run_));
  return true;
}

Task<void> Repair::stop() {
  stopping_ = true;
  co_await duty_.join();
}

}  // namespace garage::block

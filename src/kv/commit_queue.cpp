#include "kv/commit_queue.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "kv/batch_view.hpp"

namespace garage::kv {
namespace {

struct Waiting {
  std::shared_ptr<Change> change;
  size_t bytes;
  runtime::Promise<Result<void>> promise;
};

uint64_t size_of(const Batch& batch) {
  uint64_t bytes = 0;
  for (const Batch::Entry& entry : batch.entries()) bytes += entry.key.size() + (entry.value ? entry.value->size() : 0);
  return bytes;
}

// Does it add a body, or a reference to one, that is not there yet?
bool adds_body(BatchView& view, const Batch& part) {
  return std::ranges::any_of(part.entries(), [&view](const Batch::Entry& entry) {
    const bool of_bodies =
        entry.family == Family::kInline || entry.family == Family::kManifest || entry.family == Family::kBlockRef;
    if (!of_bodies || !entry.value) return false;
    const auto before = view.get(entry.family, entry.key);
    return before && !*before;
  });
}

// Was it the store that failed? Else the change itself said no: a condition that is false, a quota.
bool is_of_store(const Error& error) {
  return error.kind == ErrorKind::kIo || error.kind == ErrorKind::kNoSpace || error.kind == ErrorKind::kCorrupt;
}

}  // namespace

// Shared with the job in the pool, which may outlive the queue when a simulated world is dropped.
struct CommitQueue::State {
  Store& store;
  runtime::Pool& pool;
  const CommitOptions options;

  std::mutex mutex;  // guards what follows, up to the blank line
  std::deque<Waiting> waiting;
  size_t unanswered_bytes = 0;
  bool running = false;  // a job of ours is in the pool
  bool stopping = false;
  bool gone = false;
  std::vector<runtime::Promise<bool>> stoppers;
  CommitStats stats;

  std::mutex turn;  // held while a batch is made and written

  State(Store& store_in, runtime::Pool& pool_in, CommitOptions options_in)
      : store(store_in), pool(pool_in), options(std::move(options_in)) {}

  Result<runtime::Future<Result<void>>> enter(const std::shared_ptr<State>& self, std::shared_ptr<Change> change);
  std::optional<runtime::Future<bool>> begin_stop();
  std::vector<Waiting> take();
  void run();
  std::vector<Result<void>> process(std::span<Change* const> changes);
  void answer(std::vector<Waiting> batch, std::vector<Result<void>> results);
};

Result<runtime::Future<Result<void>>> CommitQueue::State::enter(const std::shared_ptr<State>& self,
                                                                std::shared_ptr<Change> change) {
  const size_t bytes = change->bytes();
  auto [promise, future] = runtime::make_future<Result<void>>();
  bool start = false;
  {
    std::lock_guard lock(mutex);
    if (stopping) return fail(ErrorKind::kClosed, "the commit queue has stopped");
    // A single change larger than the bound gets its turn alone.
    if (unanswered_bytes > 0 && unanswered_bytes + bytes > options.bytes_max) {
      return fail(ErrorKind::kOverloaded, "too many changes wait to be written");
    }
    unanswered_bytes += bytes;
    waiting.push_back({std::move(change), bytes, std::move(promise)});
    start = !std::exchange(running, true);
  }
  if (start) pool.run([self] { self->run(); });
  return std::move(future);
}

std::vector<Waiting> CommitQueue::State::take() {
  std::vector<Waiting> batch;
  size_t bytes = 0;
  std::lock_guard lock(mutex);
  while (!gone && !waiting.empty() && batch.size() < options.batch_changes_max) {
    bytes += waiting.front().bytes;
    if (!batch.empty() && bytes > options.batch_bytes_max) break;
    batch.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  if (batch.empty()) {
    running = false;
    for (auto& stopper : std::exchange(stoppers, {})) stopper.set(true);
  }
  return batch;
}

void CommitQueue::State::run() {
  for (auto batch = take(); !batch.empty(); batch = take()) {
    std::vector<Change*> changes;
    changes.reserve(batch.size());
    for (const Waiting& waiter : batch) changes.push_back(waiter.change.get());
    auto results = process(changes);
    answer(std::move(batch), std::move(results));
  }
}

std::vector<Result<void>> CommitQueue::State::process(std::span<Change* const> changes) {
  std::lock_guard one_at_a_time(turn);
  BatchView view(store);
  std::vector<Key> keys;
  for (const Change* change : changes) change->reads(keys);
  view.prefetch(std::move(keys));

  std::vector<Result<void>> results;
  results.reserve(changes.size());
  Batch part;
  // Then what is left is for deleting and settling, which give space back.
  const bool short_of_space = store.is_short_of_space();
  for (Change* change : changes) {
    results.push_back(change->apply(view, part));
    const bool refused = short_of_space && results.back() && (change->adds() || adds_body(view, part)) &&
                         !(change->settles() && store.has_room_to_settle());
    if (refused) results.back() = fail(ErrorKind::kNoSpace, "the disk of the metadata is nearly full");
    if (results.back()) {
      view.absorb(part, results.size() == changes.size());
    } else {
      part.entries().clear();
    }
  }

  const bool empty = view.batch().empty();
  const Result<void> written = empty ? Result<void>() : store.write(view.batch(), options.durability);
  size_t failures = 0;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (!written) results[i] = written;
    if (results[i]) {
      changes[i]->committed();
    } else if (!written || is_of_store(results[i].error())) {
      ++failures;
    }
  }
  if (written && !empty && options.wrote) options.wrote(size_of(view.batch()));

  std::lock_guard lock(mutex);
  stats.batches += empty ? 0 : 1;
  stats.changes += changes.size();
  stats.failures += failures;
  return results;
}

void CommitQueue::State::answer(std::vector<Waiting> batch, std::vector<Result<void>> results) {
  size_t bytes = 0;
  for (const Waiting& waiter : batch) bytes += waiter.bytes;
  {
    std::lock_guard lock(mutex);
    unanswered_bytes -= bytes;
  }
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i].change.reset();  // from here on it belongs to its caller's thread alone
    batch[i].promise.set(std::move(results[i]));
  }
}

std::optional<runtime::Future<bool>> CommitQueue::State::begin_stop() {
  std::lock_guard lock(mutex);
  stopping = true;
  if (!running) return std::nullopt;
  auto [promise, future] = runtime::make_future<bool>();
  stoppers.push_back(std::move(promise));
  return std::move(future);
}

CommitQueue::CommitQueue(Store& store, runtime::Pool& pool, CommitOptions options)
    : state_(std::make_shared<State>(store, pool, std::move(options))) {}

CommitQueue::~CommitQueue() {
  std::lock_guard lock(state_->mutex);
  state_->gone = true;
}

Task<Result<void>> CommitQueue::commit(std::shared_ptr<Change> change) {
  ASSERT(change, "a change is given to commit");
  CO_TRY(auto done, state_->enter(state_, change));
  co_return co_await std::move(done);
}

Result<void> CommitQueue::commit_now(Change& change) {
  {
    std::lock_guard lock(state_->mutex);
    if (state_->stopping) return fail(ErrorKind::kClosed, "the commit queue has stopped");
  }
  Change* const changes[] = {&change};
  return state_->process(changes).front();
}

Task<void> CommitQueue::stop() {
  auto done = state_->begin_stop();
  if (done) co_await std::move(*done);
}

CommitStats CommitQueue::stats() const {
  std::lock_guard lock(state_->mutex);
  return state_->stats;
}

}  // namespace garage::kv

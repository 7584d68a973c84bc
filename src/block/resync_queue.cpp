// What people see of the queue of Resync, and change in it.
#include <memory>
#include <utility>

#include "block/queue_changes.hpp"
#include "block/resync.hpp"
#include "runtime/pool.hpp"

namespace garage::block {
namespace {

constexpr size_t kRowsPerStep = 1024;

struct Waiting {
  BlockHash hash;
  FetchRow row;
};

// Up to kRowsPerStep from this key on.
Result<std::vector<Waiting>> read_queue(kv::Store& store, const std::string& from) {
  std::vector<Waiting> out;
  auto rows = store.iterate(kv::Family::kQueue, {});
  for (rows->seek(from); rows->valid() && rows->key().starts_with(kFetchQueue) && out.size() < kRowsPerStep;
       rows->next()) {
    const auto hash = BlockHash::from_raw(rows->key().substr(kFetchQueue.size()));
    if (hash) out.push_back({*hash, decode_fetch(rows->key(), rows->value()).value_or(FetchRow{})});
  }
  CHECK_OK(rows->status());
  return out;
}

}  // namespace

Task<Result<std::vector<BlockTrouble>>> Resync::troubles(size_t blocks_max) {
  std::vector<BlockTrouble> out;
  std::string from(kFetchQueue);
  for (;;) {
    CO_TRY(const auto rows,
           co_await runtime::run_on(env_.pools.disk, [this, &from] { return read_queue(store_, from); }));
    if (rows.empty()) co_return out;
    from = fetch_key(rows.back().hash) + '\0';
    for (const Waiting& waiting : rows) {
      if (waiting.row.attempts == 0) continue;
      if (out.size() == blocks_max) co_return out;
      out.push_back({waiting.hash, waiting.row.attempts, waiting.row.tried_ms, waiting.row.due_ms});
    }
  }
}

Task<Result<size_t>> Resync::retry_now(std::optional<std::vector<BlockHash>> hashes) {
  CO_TRY(const auto waiting, co_await troubles(SIZE_MAX));
  auto change = std::make_shared<QueueChange>();
  const auto hurry = [&change](const BlockTrouble& trouble) {
    const std::string key = fetch_key(trouble.hash);
    change->put(key, encode_fetch(key, {0, trouble.attempts, trouble.tried_ms}));
  };
  size_t count = 0;
  if (!hashes) {
    for (const BlockTrouble& trouble : waiting) hurry(trouble);
    count = waiting.size();
  } else {
    for (const BlockHash& hash : *hashes) {
      const auto found = std::ranges::find(waiting, hash, &BlockTrouble::hash);
      if (found == waiting.end()) co_return fail(ErrorKind::kNotFound, "no error is recorded for block " + hash.hex());
      hurry(*found);
      ++count;
    }
  }
  if (!change->empty()) CO_CHECK_OK(co_await commits_.commit(std::move(change)));
  co_return count;
}

Task<Result<size_t>> Resync::clear() {
  size_t count = 0;
  for (;;) {
    CO_TRY(const auto rows,
           co_await runtime::run_on(env_.pools.disk, [this] { return read_queue(store_, std::string(kFetchQueue)); }));
    if (rows.empty()) break;
    auto change = std::make_shared<QueueChange>();
    for (const Waiting& waiting : rows) change->remove(fetch_key(waiting.hash));
    count += rows.size();
    CO_CHECK_OK(co_await commits_.commit(std::move(change)));
  }
  queue_length_ = 0;
  errors_ = 0;
  ++clears_;
  co_return count;
}

}  // namespace garage::block

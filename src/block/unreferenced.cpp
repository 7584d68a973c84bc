#include "block/unreferenced.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "block/forget_change.hpp"
#include "runtime/nap.hpp"
#include "runtime/pool.hpp"
#include "runtime/sleep.hpp"

namespace garage::block {
namespace {

constexpr size_t kBlocksPerPage = 4096;
constexpr size_t kBlocksPerChange = 256;
constexpr size_t kFoundMax = 100'000;
// A block has few references: stepping over them costs less than a search.
constexpr int kStepsBeforeSearch = 4;
constexpr Duration kDaily = std::chrono::hours(24);
// Others are served between two pages.
constexpr Duration kBreath = 1ms;

// The references, as far as they are asked for in ascending order.
class ReferenceWalk {
 public:
  explicit ReferenceWalk(kv::Store& store) : rows_(store.iterate(kv::Family::kBlockRef, {})) {}
  bool has(std::string_view hash) {
    bool near = began_;
    for (int step = 0; near && rows_->valid() && rows_->key().substr(0, hash.size()) < hash; ++step) {
      rows_->next();
      near = step < kStepsBeforeSearch;
    }
    if (!near) rows_->seek(hash);
    began_ = true;
    return rows_->valid() && rows_->key().starts_with(hash);
  }
  Result<void> status() const { return rows_->status(); }

 private:
  std::unique_ptr<kv::Iterator> rows_;
  bool began_ = false;
};

}  // namespace

Result<Unreferenced::Page> Unreferenced::look(const std::string& from) const {
  Page page;
  auto blocks = store_.iterate(kv::Family::kBlockIndex, {});
  ReferenceWalk references(store_);
  for (blocks->seek(from); blocks->valid() && page.blocks < kBlocksPerPage; blocks->next()) {
    ++page.blocks;
    page.next_from = std::string(blocks->key()) + '\0';
    const auto hash = BlockHash::from_raw(blocks->key());
    if (hash && !references.has(blocks->key())) page.unreferenced.push_back(*hash);
  }
  CHECK_OK(blocks->status());
  CHECK_OK(references.status());
  return page;
}

Task<Result<uint64_t>> Unreferenced::run_once() {
  const MonotonicTime now = env_.clock.monotonic_now();
  const auto before = std::exchange(found_, {});
  uint64_t looked_at = 0, collected = 0;
  std::string from;
  std::vector<BlockHash> due;
  bool at_end = false;
  while (!at_end && !stopping_) {
    CO_TRY(auto page, co_await runtime::run_on(env_.pools.disk, [this, &from] { return look(from); }));
    at_end = page.blocks == 0;
    from = std::move(page.next_from);
    looked_at += page.blocks;
    for (const BlockHash& hash : page.unreferenced) {
      const auto known = before.find(hash);
      const MonotonicTime since = known == before.end() ? now : known->second;
      if (known != before.end() && now - since >= grace_) {
        due.push_back(hash);
      } else if (found_.size() < kFoundMax) {
        found_.emplace(hash, since);
      }
    }
    while (due.size() >= (at_end ? 1 : kBlocksPerChange)) {
      const size_t count = std::min(due.size(), kBlocksPerChange);
      std::vector<BlockHash> some(due.end() - static_cast<std::ptrdiff_t>(count), due.end());
      due.resize(due.size() - count);
      auto change = std::make_shared<ForgetChange>(blocks_, std::move(some));
      CO_CHECK_OK(co_await commits_.commit(change));
      collected += change->forgotten();
    }
    notes_.progress(fmt::format("{} blocks, {} collected", looked_at, collected));
    co_await runtime::sleep_for(kBreath);
  }
  collected_ += collected;
  co_return collected;
}

void Unreferenced::start() {
  duty_.spawn(run());
}

Task<void> Unreferenced::run() {
  Duration rest = grace_;
  while (!stopping_) {
    co_await runtime::nap(rest, [this] { return stopping_.load(); });
    if (stopping_) co_return;
    notes_.busy();
    const auto collected = co_await run_once();
    if (collected && *collected > 0) {
      LOG_INFO("block", "{} blocks that nobody referenced are collected", *collected);
    }
    if (notes_.ended(collected, runtime::Loop::current()->now())) {
      LOG_WARN("block", "unreferenced blocks cannot be looked for: {}", collected.error().message);
    }
    // Held ones are found again and again: as long as their uploads take.
    rest = found_.empty() && collected ? kDaily : grace_;
  }
}

Task<void> Unreferenced::stop() {
  stopping_ = true;
  co_await duty_.join();
}

}  // namespace garage::block

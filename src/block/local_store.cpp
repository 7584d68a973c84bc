#include "block/local_store.hpp"

#include <utility>

#include "base/log.hpp"
#include "block/compact.hpp"
#include "block/presence.hpp"
#include "block/put.hpp"
#include "block/read.hpp"
#include "block/rebuild.hpp"
#include "block/removal.hpp"
#include "runtime/stopwatch.hpp"
#include "telemetry/span.hpp"

namespace garage::block {
namespace {

template <class T>
Task<T> timed(telemetry::Histogram* duration, std::string_view span_name, Task<T> task) {
  telemetry::Span span(span_name);
  const runtime::Stopwatch watch;
  T outcome = co_await std::move(task);
  if (duration != nullptr) duration->record(watch.elapsed());
  if (span.recording() && !outcome) span.fail();
  co_return outcome;
}

class LocalStore : public BlockStore {
 public:
  explicit LocalStore(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~LocalStore() override { core_->stopped = true; }

  Task<Result<BlockHold>> put(BlockHash hash, Buffer raw) override {
    return timed(core_->options.write_duration, "BlockManagerLocked::write_block",
                 put_block(core_, hash, std::move(raw)));
  }

  Task<Result<void>> sync() override {
    if (!core_->options.sync) co_return Result<void>();
    co_return co_await sync_volumes(core_);
  }

  Task<Result<Buffer>> read(BlockHash hash, uint64_t offset, uint64_t length) override {
    return timed(core_->options.read_duration, "BlockManager::read_block", read_block(core_, hash, offset, length));
  }
  std::unique_ptr<Removal> begin_removal() override { return make_removal(core_); }
  Task<Result<std::optional<CompactReport>>> compact_once(std::function<bool()> give_up) override {
    return compact_emptiest(core_, std::move(give_up));
  }
  Task<Result<RebuildReport>> rebuild_index(std::function<bool()> give_up) override {
    return rebuild_block_index(core_, std::move(give_up));
  }

  Result<bool> has(const BlockHash& hash) const override {
    TRY(const auto volume, volume_of(*core_, hash));
    return volume != nullptr;
  }
  Task<Result<std::vector<bool>>> has_durably(std::vector<BlockHash> hashes) override {
    return block::has_durably(core_, std::move(hashes));
  }

  BlockStats stats() const override {
    const Counters& counters = core_->counters;
    BlockStats out{.blocks_written = counters.blocks_written,
                   .blocks_deduplicated = counters.blocks_deduplicated,
                   .blocks_read = counters.blocks_read,
                   .blocks_corrupt = counters.blocks_corrupt,
                   .blocks_removed = counters.blocks_removed,
                   .bytes_written = counters.bytes_written,
                   .bytes_read = counters.bytes_read};
    for (const auto& volume : core_->volumes.all()) {
      ++out.volume_count;
      if (volume->syncs()->failure()) ++out.failed_volume_count;
      if (volume->frozen()) ++out.frozen_volume_count;
      const uint64_t live = volume->live_bytes();
      out.live_bytes += live;
      out.free_bytes += volume->end() - live;
    }
    return out;
  }

  Task<void> stop() override {
    core_->stopped = true;
    co_await core_->sync_rhythm.stop();
    co_await core_->resolver.stop();
    co_await core_->free_rhythm.stop();
    if (auto synced = co_await sync_volumes(core_); !synced) LOG_ERROR("block", "at stop: {}", synced.error().message);
  }

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace

std::unique_ptr<BlockStore> make_local_store(std::shared_ptr<Core> core) {
  return std::make_unique<LocalStore>(std::move(core));
}

}  // namespace garage::block

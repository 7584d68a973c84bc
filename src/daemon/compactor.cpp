#include "daemon/compactor.hpp"

#include <functional>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "codec/byte_size.hpp"

namespace garage::daemon {
namespace {

constexpr Duration kRest = 60s;
// After a volume was rewritten there may be more; requests come first.
constexpr Duration kPause = 1s;

}  // namespace

void Compactor::start(runtime::Loop& loop) {
  loop_ = &loop;
  tasks_.spawn(work());
}

Task<void> Compactor::rebuild_index() {
  if (blocks_.stats().frozen_volume_count == 0) co_return;
  notes_.busy();
  notes_.progress("rebuilding the block index");
  std::function<bool()> give_up = [this] { return stopping_; };
  auto report = co_await blocks_.rebuild_index(std::move(give_up));
  notes_.progress(std::nullopt);
  const bool troubled = notes_.ended(report, loop_->now());
  if (troubled) LOG_ERROR("block", "the block index is not rebuilt before the next start: {}", report.error().message);
  if (!report) co_return;
  LOG_WARN("block", "the block index is rebuilt: {} records in {} volumes, {} rows added, {} removed, {} damaged",
           report->records, report->volumes, report->rows_added, report->rows_removed, report->records_damaged);
  if (report->volumes_unread == 0) co_return;
  LOG_ERROR("block",
            "{} volumes could not be read in all places: nothing in them is freed before the next start, which "
            "reads them again",
            report->volumes_unread);
}

Task<void> Compactor::work() {
  co_await rebuild_index();
  Duration rest = kRest;
  while (!stopping_) {
    timer_ = loop_->call_after(rest, [this] { wake_.notify_all(); });
    co_await wake_.wait();
    if (stopping_) break;
    notes_.busy();
    std::function<bool()> give_up = [this] { return stopping_; };
    auto done = co_await blocks_.compact_once(std::move(give_up));
    if (stopping_) break;
    if (done) notes_.idle();
    if (!done) notes_.failed(done.error().message, loop_->now());
    if (!done) LOG_WARN("block", "cannot compact a volume: {}", done.error().message);
    const bool worked = done && *done;
    if (worked) LOG_DEBUG("block", "compacted a volume, moved {}", codec::binary_size((*done)->bytes_moved));
    rest = worked ? kPause : kRest;
  }
}

Task<void> Compactor::stop() {
  stopping_ = true;
  if (loop_) loop_->cancel(timer_);
  wake_.notify_all();
  co_await tasks_.join();
}

}  // namespace garage::daemon

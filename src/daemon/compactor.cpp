#include "daemon/compactor.hpp"

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

Task<void> Compactor::work() {
  Duration rest = kRest;
  while (!stopping_) {
    timer_ = loop_->call_after(rest, [this] { wake_.notify_all(); });
    co_await wake_.wait();
    if (stopping_) break;
    notes_.busy();
    auto done = co_await blocks_.compact_once();
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

#include "block/upkeep.hpp"

#include "base/log.hpp"
#include "runtime/nap.hpp"

namespace garage::block {
namespace {

constexpr Duration kRoundInterval = 1s;

void complain(const Result<size_t>& done) {
  if (!done && done.error().kind != ErrorKind::kClosed) {
    LOG_WARN("block", "upkeep of blocks: {}", done.error().message);
  }
}

}  // namespace

void Upkeep::start() {
  duty_.spawn(replay_hints());
  if (resync_ != nullptr) duty_.spawn(fetch_missing());
}

Task<void> Upkeep::replay_hints() {
  while (!stopping_) {
    complain(co_await hints_.replay_once());
    co_await runtime::nap(kRoundInterval, [this] { return stopping_.load(); });
  }
}

Task<void> Upkeep::fetch_missing() {
  while (!stopping_) {
    complain(co_await resync_->run_once());
    if (resync_->has_more()) continue;
    co_await runtime::nap(kRoundInterval, [this] { return stopping_.load(); });
  }
}

Task<void> Upkeep::stop() {
  stopping_ = true;
  if (resync_ != nullptr) resync_->request_stop();
  co_await duty_.join();
}

}  // namespace garage::block

#include "env/posix/loop_threads.hpp"

#include <string>
#include <utility>

#include "base/assert.hpp"
#include "env/posix/start_thread.hpp"

namespace garage::env::posix {

Result<std::unique_ptr<LoopThreads>> LoopThreads::create(size_t count) {
  ASSERT(count > 0, "a node has at least one loop");
  std::unique_ptr<LoopThreads> group(new LoopThreads());
  for (size_t i = 0; i < count; ++i) {
    TRY(std::unique_ptr<AsioLoop> loop, AsioLoop::create());
    group->loops_.push_back(std::move(loop));
  }
  return group;
}

LoopThreads::~LoopThreads() {
  stop();
  join();
}

Loops LoopThreads::loops() const {
  Loops out;
  for (const auto& loop : loops_) out.push_back(loop.get());
  return out;
}

Result<void> LoopThreads::start() {
  ASSERT(threads_.empty(), "loops are started once");
  for (size_t i = 0; i < loops_.size(); ++i) {
    auto thread = start_thread("loop-" + std::to_string(i), [loop = loops_[i].get()] { loop->run(); });
    if (!thread) {
      stop();
      join();
      return std::unexpected(thread.error());
    }
    threads_.push_back(std::move(*thread));
  }
  return {};
}

void LoopThreads::stop() {
  for (const auto& loop : loops_) loop->stop();
}

void LoopThreads::join() {
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace garage::env::posix

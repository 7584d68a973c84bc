// Background work that is asked for: it runs on one loop, never twice at the same time, soon after somebody asked.
//
//   Rhythm frees(loop, 100ms, [this] { return give_back_room(); });
//   frees.request();   // from any thread; many requests within 100 ms are one run
//
// Ownership: a member of the object whose work it is. stop() before that object goes (unless the whole world is
// dropped).
#pragma once

#include <functional>
#include <memory>

#include "base/time.hpp"
#include "runtime/loop.hpp"
#include "runtime/task.hpp"

namespace garage::block {

class Rhythm {
 public:
  using Work = std::function<Task<void>()>;
  Rhythm(runtime::Loop& loop, Duration delay, Work work);
  ~Rhythm();
  Rhythm(const Rhythm&) = delete;

  void request();      // any thread: runs after `delay`
  void request_now();  // any thread: runs at once, or right after the run under way
  // On the loop. Runs what was asked for, then nothing any more.
  Task<void> stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace garage::block

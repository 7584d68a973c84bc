// How a duty rests between its rounds: until the time is over, or there is a reason to get up.
//
//   co_await nap(10min, [this] { return stopping_ || hurried_; });
#pragma once

#include "runtime/sleep.hpp"

namespace garage::runtime {

// `get_up` is looked at in short steps, so that whoever stops a duty waits for one step at most: cheaper than to have
// each flag that may be set on any thread wake a coroutine on its loop. What it looks at outlives the nap.
template <typename GetUp>
Task<void> nap(Duration longest, GetUp get_up) {
  constexpr Duration kStep = 100ms;
  for (Duration slept{0}; slept < longest && !get_up(); slept += kStep) co_await sleep_for(kStep);
}

}  // namespace garage::runtime

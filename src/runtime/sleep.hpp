// co_await sleep_for(1s): resumes on the current loop after the delay.
#pragma once

#include "base/time.hpp"
#include "runtime/task.hpp"

namespace garage::runtime {

Task<void> sleep_for(Duration delay);

}  // namespace garage::runtime

#include "runtime/sleep.hpp"

#include <coroutine>

#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

namespace garage::runtime {
namespace {

struct Sleeper {
  Duration delay;
  telemetry::ContextKeeper context = {};
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    context.keep();
    Loop::current()->call_after(delay, [handle] { handle.resume(); });
  }
  void await_resume() const noexcept { context.give_back(); }
};

}  // namespace

Task<void> sleep_for(Duration delay) {
  co_await Sleeper{delay};
}

}  // namespace garage::runtime

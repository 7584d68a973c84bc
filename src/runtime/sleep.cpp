#include "runtime/sleep.hpp"

#include <coroutine>

#include "runtime/loop.hpp"

namespace garage::runtime {
namespace {

struct Sleeper {
  Duration delay;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    Loop::current()->call_after(delay, [handle] { handle.resume(); });
  }
  void await_resume() const noexcept {}
};

}  // namespace

Task<void> sleep_for(Duration delay) {
  co_await Sleeper{delay};
}

}  // namespace garage::runtime

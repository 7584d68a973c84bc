// Task<T>: a lazy coroutine that is awaited exactly once by its owner.
//
// Ownership: a Task owns its frame; destroying an unfinished Task destroys the frame (only before it was started, or
// when the whole
//            world is dropped, as the simulator does at a power cut). Work that outlives a call goes into a TaskGroup.
// Threads:   a task runs on the loop that started it, from first to last line; co_await returns there.
// Parameters of coroutines are values, or references to objects that the callee's owner guarantees. No lambdas with
// captures. Exceptions: none cross a Task; one that is thrown stops the process (a bug).
#pragma once

#include <coroutine>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/assert.hpp"

namespace garage::runtime {

template <class T>
class Task;

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation;

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) noexcept {
      auto next = self.promise().continuation;
      return next ? next : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::abort(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  struct Awaiter {
    Handle handle;
    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
      handle.promise().continuation = waiter;
      return handle;
    }
    T await_resume() {
      if constexpr (!std::is_void_v<T>) return std::move(*handle.promise().value);
    }
  };
  Awaiter operator co_await() && {
    ASSERT(handle_, "a task is awaited once");
    return Awaiter{handle_};
  }

 private:
  Handle handle_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace garage::runtime

namespace garage {
using runtime::Task;
}

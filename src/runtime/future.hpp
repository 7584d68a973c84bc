// Promise and Future: one value handed from any thread to one waiting coroutine.
//
//   auto [promise, future] = make_future<Result<int>>();
//   pool.run([p = std::move(promise)]() mutable { p.set(42); });
//   auto value = co_await std::move(future);
//
// The waiter resumes as a job of its own loop, never inside set(). A Promise that dies without set() leaves its waiter
// asleep for ever (the world was dropped), so whoever holds a Promise sets it.
#pragma once

#include <atomic>
#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

namespace garage::runtime {

namespace detail {

// state: 0 nothing yet, 1 a waiter is registered, 2 the value is there. Whoever comes second resumes the waiter.
template <class T>
struct FutureState {
  std::atomic<int> state{0};
  std::optional<T> value;
  std::coroutine_handle<> waiter;
  Loop* loop = nullptr;
};

}  // namespace detail

template <class T>
class Promise {
 public:
  explicit Promise(std::shared_ptr<detail::FutureState<T>> state) : state_(std::move(state)) {}
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&&) noexcept = default;

  // Once, any thread.
  void set(T value) {
    auto state = std::move(state_);
    ASSERT(state, "a promise is set once");
    state->value.emplace(std::move(value));
    if (state->state.exchange(2, std::memory_order_acq_rel) == 1) {
      state->loop->post([waiter = state->waiter] { waiter.resume(); });
    }
  }

 private:
  std::shared_ptr<detail::FutureState<T>> state_;
};

template <class T>
class [[nodiscard]] Future {
 public:
  explicit Future(std::shared_ptr<detail::FutureState<T>> state) : state_(std::move(state)) {}

  // On a loop, once.
  bool await_ready() const noexcept { return state_->state.load(std::memory_order_acquire) == 2; }
  bool await_suspend(std::coroutine_handle<> waiter) {
    context_.keep();
    state_->waiter = waiter;
    state_->loop = Loop::current();
    ASSERT(state_->loop, "a future is awaited on a loop");
    int nothing = 0;
    return state_->state.compare_exchange_strong(nothing, 1, std::memory_order_acq_rel);
  }
  T await_resume() {
    context_.give_back();
    return std::move(*state_->value);
  }

  // Is the value there already?
  bool ready() const { return await_ready(); }

 private:
  std::shared_ptr<detail::FutureState<T>> state_;
  telemetry::ContextKeeper context_;
};

template <class T>
std::pair<Promise<T>, Future<T>> make_future() {
  auto state = std::make_shared<detail::FutureState<T>>();
  return {Promise<T>(state), Future<T>(state)};
}

}  // namespace garage::runtime

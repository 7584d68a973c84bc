#include "block/rhythm.hpp"

#include <atomic>
#include <utility>

#include "runtime/task_group.hpp"

namespace garage::block {

// Everything but the two flags belongs to the loop. Posted jobs keep the state alive, so that one that runs late finds
// it stopped.
struct Rhythm::State {
  State(runtime::Loop& loop_in, Duration delay_in, Work work_in)
      : loop(loop_in), delay(delay_in), work(std::move(work_in)) {}

  runtime::Loop& loop;
  const Duration delay;
  Work work;
  std::atomic<bool> asked{false};
  std::atomic<bool> urgent{false};
  std::atomic<bool> stopped{false};
  bool running = false;
  runtime::TimerId timer = 0;
  runtime::TaskGroup tasks;

  static void arm(const std::shared_ptr<State>& state) {
    if (state->stopped || state->running) return;
    if (state->urgent) {
      if (state->timer != 0) state->loop.cancel(std::exchange(state->timer, 0));
      start(state);
    } else if (state->timer == 0) {
      state->timer = state->loop.call_after(state->delay, [state] {
        state->timer = 0;
        if (!state->stopped && !state->running) start(state);
      });
    }
  }
  static void start(const std::shared_ptr<State>& state) {
    state->running = true;
    state->tasks.spawn(run(state));
  }
  static Task<void> run(std::shared_ptr<State> state) {
    state->asked = false;
    state->urgent = false;
    co_await state->work();
    state->running = false;
    if (state->asked) arm(state);
  }
};

Rhythm::Rhythm(runtime::Loop& loop, Duration delay, Work work)
    : state_(std::make_shared<State>(loop, delay, std::move(work))) {}
Rhythm::~Rhythm() {
  state_->stopped = true;
}

void Rhythm::request() {
  if (state_->asked.exchange(true)) return;
  state_->loop.post([state = state_] { State::arm(state); });
}

void Rhythm::request_now() {
  state_->urgent = true;
  state_->asked = true;
  state_->loop.post([state = state_] { State::arm(state); });
}

Task<void> Rhythm::stop() {
  const auto state = state_;
  state->stopped = true;
  if (state->timer != 0) state->loop.cancel(std::exchange(state->timer, 0));
  co_await state->tasks.join();
  if (state->asked.exchange(false)) co_await state->work();
}

}  // namespace garage::block

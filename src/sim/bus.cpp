#include "sim/bus.hpp"

#include <utility>

#include "base/assert.hpp"

namespace garage::sim {

void Bus::attach(NodeIndex node, SimLoop& loop, runtime::TaskGroup& tasks) {
  if (node >= ports_.size()) ports_.resize(node + 1);
  ports_[node] = Port{&loop, &tasks, nullptr};
}

std::shared_ptr<void> Bus::detach(NodeIndex node) {
  return std::exchange(ports_[node], Port{}).handler;
}

void Bus::serve(NodeIndex node, Handler handler) {
  ASSERT(node < ports_.size() && ports_[node].loop, "a living node serves");
  ports_[node].handler = std::make_shared<Handler>(std::move(handler));
}

void Bus::transmit(NodeIndex from, NodeIndex to, std::function<void()> arrive) {
  if (!up(from) || !links_.open(from, to)) return;
  const bool faulty = from != to && from != kOutside && to != kOutside;
  if (faulty && links_.chance(links_.faults().message_loss_probability)) return;
  const int copies = faulty && links_.chance(links_.faults().message_duplication_probability) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    scheduler_.at(scheduler_.now() + links_.delay(from, to), nullptr, [this, from, to, arrive] {
      if (up(to) && links_.open(from, to)) arrive();
    });
  }
}

void Bus::send(NodeIndex from, NodeIndex to, std::function<void()> arrive) {
  ASSERT(to != kOutside, "a message goes to a node");
  transmit(from, to, [this, to, arrive = std::move(arrive)] { ports_[to].loop->post(arrive); });
}

Task<Result<std::string>> Bus::call(NodeIndex from, NodeIndex to, std::string request, MonotonicTime deadline) {
  runtime::Loop* loop = runtime::Loop::current();
  ASSERT(loop, "calls are made on a loop");
  auto [promise, future] = runtime::make_future<Result<std::string>>();
  const uint64_t call = ++last_call_;
  calls_.emplace(call, std::move(promise));
  const runtime::TimerId timer = loop->call_after(
      deadline - loop->now(), [this, call] { settle(call, fail(ErrorKind::kTimeout, "no answer by the deadline")); });
  transmit(from, to,
           [this, from, to, call, request = std::move(request)] { request_arrived(from, to, call, request); });
  auto answer = co_await std::move(future);
  loop->cancel(timer);
  co_return answer;
}

void Bus::request_arrived(NodeIndex from, NodeIndex to, uint64_t call, std::string request) {
  const Port& port = ports_[to];
  if (!port.handler) return;
  port.loop->post(
      [this, from, to, call, tasks = port.tasks, handler = port.handler, text = std::move(request)]() mutable {
        tasks->spawn(handle(std::move(handler), from, to, call, std::move(text)));
      });
}

Task<void> Bus::handle(std::shared_ptr<Handler> handler, NodeIndex from, NodeIndex to, uint64_t call,
                       std::string request) {
  auto answer = co_await (*handler)(std::move(request));
  transmit(to, from, [this, call, answer = std::move(answer)] { settle(call, answer); });
}

void Bus::settle(uint64_t call, Result<std::string> answer) {
  const auto waiting = calls_.find(call);
  if (waiting == calls_.end()) return;  // answered before, or too late
  auto promise = std::move(waiting->second);
  calls_.erase(waiting);
  promise.set(std::move(answer));
}

}  // namespace garage::sim

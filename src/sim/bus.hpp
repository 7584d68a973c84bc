// Messages between nodes for protocols that do not need byte streams: a request and its answer, each of which may be
// late, lost, doubled, overtaken or cut off.
//
//   bus.serve(node, [server](std::string request) { return server->handle(std::move(request)); });
//   auto answer = co_await bus.call(0, 2, encoded, loop.now() + 1s);      // kTimeout: it may or may not have been
//   handled
//
// A handler is a plain function that makes a Task; it may be called twice for one call. It dies with its node, and
// serve() is called again after a restart. Tasks of handlers run on their node's loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/future.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"
#include "sim/links.hpp"
#include "sim/loop.hpp"

namespace garage::sim {

class Bus {
 public:
  using Handler = std::function<Task<Result<std::string>>(std::string)>;

  Bus(Scheduler& scheduler, Links& links) : scheduler_(scheduler), links_(links) {}

  void serve(NodeIndex node, Handler handler);
  // `from` is the calling node (or kOutside); the deadline is in the time of the loop it is called on.
  Task<Result<std::string>> call(NodeIndex from, NodeIndex to, std::string request, MonotonicTime deadline);
  // One way: `arrive` runs on the receiver's loop, perhaps twice, perhaps never.
  void send(NodeIndex from, NodeIndex to, std::function<void()> arrive);

  // For SimNode: a life begins and ends. detach() hands back the handler, which may own things of the dead node.
  void attach(NodeIndex node, SimLoop& loop, runtime::TaskGroup& tasks);
  std::shared_ptr<void> detach(NodeIndex node);

 private:
  struct Port {
    SimLoop* loop = nullptr;  // nullptr: down
    runtime::TaskGroup* tasks = nullptr;
    std::shared_ptr<Handler> handler;
  };
  bool up(NodeIndex node) const { return node == kOutside || (node < ports_.size() && ports_[node].loop); }
  void transmit(NodeIndex from, NodeIndex to, std::function<void()> arrive);
  void request_arrived(NodeIndex from, NodeIndex to, uint64_t call, std::string request);
  void settle(uint64_t call, Result<std::string> answer);
  Task<void> handle(std::shared_ptr<Handler> handler, NodeIndex from, NodeIndex to, uint64_t call, std::string request);

  Scheduler& scheduler_;
  Links& links_;
  std::vector<Port> ports_;
  uint64_t last_call_ = 0;
  std::map<uint64_t, runtime::Promise<Result<std::string>>> calls_;
};

}  // namespace garage::sim

// What other nodes ask of this one, let in as long as it may be asked at all.
//
// Ownership: borrows both. Threads: any.
#pragma once

#include <string>
#include <utility>

#include "admin/layout_keeper.hpp"
#include "net/server.hpp"

namespace garage::daemon {

class Gate final : public net::RequestHandler {
 public:
  Gate(net::RequestHandler& behind, const admin::LayoutKeeper& layout) : behind_(behind), layout_(layout) {}

  // No coroutine of its own: all requests of all rows come by.
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override {
    if (!layout_.may_be_asked()) return refuse();
    return behind_.handle(std::move(operation), std::move(payload), who);
  }

 private:
  static Task<Result<std::string>> refuse() {
    co_return fail(ErrorKind::kUnavailable, "this node knows of no layout in which it has a place");
  }

  net::RequestHandler& behind_;
  const admin::LayoutKeeper& layout_;
};

}  // namespace garage::daemon

#include "net/connection.hpp"

#include "net/calls.hpp"
#include "net/link.hpp"

namespace garage::net {

// Kept alive by its receiver, so that a Connection may be dropped at any time.
class CallerCore {
 public:
  explicit CallerCore(std::shared_ptr<Link> link) : link_(std::move(link)), calls_(std::make_shared<Calls>(link_)) {}

  static void start(const std::shared_ptr<CallerCore>& self) { self->receiver_.spawn(receive(self)); }

  static Task<void> close(std::shared_ptr<CallerCore> self) {
    self->link_->close();
    co_await self->receiver_.join();
    co_await self->calls_->join();
  }

  Link& link() { return *link_; }
  const std::shared_ptr<Calls>& calls() { return calls_; }

 private:
  static Task<void> receive(std::shared_ptr<CallerCore> self) {
    for (;;) {
      const auto frame = co_await self->link_->receive(MonotonicTime::never());
      if (!frame) {
        self->calls_->lose(frame.error());
        co_return;
      }
      if (auto taken = self->calls_->take(*frame); !taken) {
        self->calls_->lose(taken.error());
        co_await self->link_->close_with(taken.error());
        co_return;
      }
    }
  }

  std::shared_ptr<Link> link_;
  std::shared_ptr<Calls> calls_;
  runtime::TaskGroup receiver_;
};

Connection::Connection(std::shared_ptr<Link> link) : core_(std::make_shared<CallerCore>(std::move(link))) {
  CallerCore::start(core_);
}

Connection::~Connection() {
  core_->link().close();
}

Task<Result<std::string>> Connection::call(std::string operation, std::string payload, MonotonicTime deadline) {
  return Calls::call(core_->calls(), std::move(operation), std::move(payload), deadline, Priority::kHigh);
}

Task<Result<Duration>> Connection::ping(MonotonicTime deadline) {
  return core_->link().ping(deadline);
}

const PeerInfo& Connection::peer() const {
  return core_->link().peer();
}

bool Connection::open() const {
  return core_->link().open();
}

Task<void> Connection::close() {
  return CallerCore::close(core_);
}

}  // namespace garage::net

#include "net/dialogue.hpp"

#include "base/log.hpp"

namespace garage::net {

Dialogue::Dialogue(std::shared_ptr<Link> link, RequestHandler& handler, const ServerOptions& limits)
    : link_(std::move(link)), calls_(std::make_shared<Calls>(link_)), requests_(link_, handler, limits) {}

Task<void> Dialogue::join() {
  co_await calls_->join();
  co_await requests_.join();
}

Task<Error> Dialogue::run(std::shared_ptr<Dialogue> self) {
  Link& link = *self->link_;
  for (;;) {
    const auto frame = co_await link.receive(MonotonicTime::never());
    if (!frame) {
      self->calls_->lose(frame.error());
      co_return frame.error();
    }
    auto taken = link.is_theirs(frame->head.stream) ? self->requests_.take(*frame) : self->calls_->take(*frame);
    if (!taken) {
      LOG_WARN("net", "{} at {}: {}", link.peer().id.hex(), link.peer().address.text, taken.error().message);
      self->calls_->lose(taken.error());
      co_await link.close_with(taken.error());
      co_return taken.error();
    }
  }
}

Task<Result<std::string>> Dialogue::call(std::string operation, std::string payload, MonotonicTime deadline,
                                         Priority priority) {
  return Calls::call(calls_, std::move(operation), std::move(payload), deadline, priority);
}

}  // namespace garage::net

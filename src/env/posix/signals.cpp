#include "env/posix/signals.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>

#include "base/assert.hpp"

namespace garage::env::posix {
namespace {

struct Watcher {
  explicit Watcher(AsioLoop& on) : loop(on), set(on.context()) {}
  AsioLoop& loop;
  boost::asio::signal_set set;
  std::move_only_function<void(int)> job;
};

// The handler inside Asio owns the watcher, so that it dies with the loop.
void watch_next(std::shared_ptr<Watcher> watcher) {
  auto& set = watcher->set;
  set.async_wait([owner = std::move(watcher)](const boost::system::error_code& error, int signal) {
    if (error) return;
    owner->job(signal);
    owner->loop.finish_event();
    watch_next(owner);
  });
}

}  // namespace

void on_signals(AsioLoop& loop, std::vector<int> signals, std::move_only_function<void(int)> job) {
  auto watcher = std::make_shared<Watcher>(loop);
  watcher->job = std::move(job);
  for (const int signal : signals) {
    boost::system::error_code error;
    watcher->set.add(signal, error);
    ASSERT(!error, "only signals that exist and can be caught are asked for");
  }
  watch_next(std::move(watcher));
}

void ignore_broken_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace garage::env::posix

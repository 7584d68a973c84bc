#include "discovery/finder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"

namespace garage::discovery {
namespace {

// Nodes that start together need a while to be found.
constexpr Duration kPatience = 16s;

MonotonicTime now() {
  return runtime::Loop::current()->now();
}

}  // namespace

void Finder::Complaint::bad(std::string_view who, std::string_view what, const std::string& message) {
  if (message == said_) return;
  said_ = message;
  LOG_WARN("discovery", "{}: {}: {}", who, what, message);
}

void Finder::Complaint::good(std::string_view who, std::string_view what) {
  if (said_.empty()) return;
  said_.clear();
  LOG_INFO("discovery", "{}: {} again", who, what);
}

void Finder::start() {
  loop_.spawn(run());
}

Task<void> Finder::rest(Duration longest) {
  runtime::Loop& loop = *runtime::Loop::current();
  const runtime::TimerId timer = loop.call_after(longest, [this] { wake_.notify_all(); });
  co_await wake_.wait();
  loop.cancel(timer);
}

// A little more than twice as long as the last time, so that nodes that start together do not ask together.
void Finder::later(Turn& turn) {
  turn.pause = std::clamp(2 * turn.pause, options_.first_pause, options_.longest_pause);
  const auto spread = static_cast<uint64_t>(turn.pause.count()) / 10 + 1;
  turn.at = now() + turn.pause + Duration(static_cast<int64_t>(parts_.random.below(spread)));
}

Task<void> Finder::run() {
  while (!stopping_) {
    if (now() >= publishing_.at) co_await publish();
    const bool missing = parts_.somebody_missing();
    if (missing && !searching_) looking_ = {};
    searching_ = missing;
    if (!stopping_ && now() >= looking_.at) co_await look();
    if (!stopping_) co_await rest(options_.tick);
  }
}

Task<void> Finder::publish() {
  auto self = co_await parts_.self();
  Result<void> done = self ? Result<void>{} : std::unexpected(self.error());
  if (done && !stopping_) {
    published_ = true;  // also where the answer gets lost
    done = co_await discovery_->publish(std::move(*self));
  }
  if (done) {
    publishing_ = {.at = now() + options_.renew_every, .pause = Duration{0}};
    publish_complaint_.good(discovery_->name(), "this node is published");
  } else if (!stopping_) {
    later(publishing_);
    publish_complaint_.bad(discovery_->name(), "this node cannot be published, so that others may not find it",
                           done.error().message);
  }
}

Task<void> Finder::look() {
  auto found = co_await discovery_->look_up();
  if (stopping_) co_return;
  if (!found || searching_) {
    later(looking_);
  } else {
    looking_ = {.at = now() + options_.look_at_rest_every, .pause = Duration{0}};
  }
  if (!found) {
    look_complaint_.bad(discovery_->name(), "other nodes cannot be looked up", found.error().message);
    co_return;
  }
  look_complaint_.good(discovery_->name(), "other nodes can be looked up");
  if (!found->unusable.empty())
    entry_complaint_.bad(discovery_->name(), "left out entries that make no sense",
                         fmt::format("{}", fmt::join(found->unusable, "; ")));
  if (!found->nodes.empty()) {
    nobody_complaint_.good(discovery_->name(), "other nodes are found");
  } else if (searching_ && looking_.pause >= kPatience) {
    nobody_complaint_.bad(discovery_->name(), "nobody else is found",
                          "is the name of the service the same on all nodes, and do they run?");
  }
  LOG_DEBUG("discovery", "{}: {} other nodes", discovery_->name(), found->nodes.size());
  // A node may have several entries, of which some are old: each address is tried.
  for (FoundNode& node : found->nodes) {
    if (reaching_.insert(node).second) reaches_.spawn(reach(std::move(node)));
  }
}

Task<void> Finder::reach(FoundNode node) {
  const FoundNode entry = node;
  co_await parts_.found(std::move(node));
  reaching_.erase(entry);
}

Task<void> Finder::withdraw() {
  const auto gone = co_await discovery_->withdraw();
  if (!gone)
    LOG_WARN("discovery", "{}: this node's entry could not be removed: {}", discovery_->name(), gone.error().message);
}

// The network bounds each question, so this ends.
Task<void> Finder::stop() {
  stopping_ = true;
  wake_.notify_all();
  co_await loop_.join();
  if (published_) co_await withdraw();
}

}  // namespace garage::discovery

#include "table/gather.hpp"

#include <algorithm>
#include <coroutine>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "runtime/loop.hpp"

namespace garage::table {
namespace {

bool contains(const ReplicaSet& set, const NodeId& node) {
  return std::find(set.begin(), set.end(), node) != set.end();
}

}  // namespace

const Row* Gathered::highest_row() const {
  const Row* highest = nullptr;
  for (const Granted& one : granted) {
    const auto& row = one.reply.row;
    if (row && (!highest || highest->ord < row->ord)) highest = &*row;
  }
  return highest;
}

bool Gathered::held_by_majorities(Ord ord, const std::vector<ReplicaSet>& sets) const {
  for (const ReplicaSet& set : sets) {
    size_t holders = 0;
    for (const Granted& one : granted) {
      const Ord held = one.reply.row ? one.reply.row->ord : Ord{};
      if (held == ord && contains(set, one.node)) ++holders;
    }
    if (holders < majority_of(set.size())) return false;
  }
  return true;
}

// One question on its way. Shared by the waiting coordinator and the calls, some of which outlive the wait. One loop.
class Asker::Round {
 public:
  Round(ReplicaSet targets, std::vector<ReplicaSet> needed)
      : targets_(std::move(targets)),
        needed_(std::move(needed)),
        answers_(targets_.size()),
        loop_(runtime::Loop::current()) {
    ASSERT(loop_, "a coordinator runs on a loop");
  }

  static void start_timer(const std::shared_ptr<Round>& self, Duration timeout) {
    self->timer_ = self->loop_->call_after(timeout, [weak = std::weak_ptr(self)] {
      if (auto round = weak.lock()) round->finish();
    });
  }

  void answered(size_t index, Result<Reply> reply) {
    if (done_) return;
    if (reply) {
      if (seen_ < reply->seen) seen_ = reply->seen;
      refused_ |= reply->verdict == Verdict::kRefused;
      far_future_ |= reply->verdict == Verdict::kFarFuture;
    }
    answers_[index] = std::move(reply);
    if (quorum() || impossible()) finish();
  }

  size_t target_count() const { return targets_.size(); }
  const NodeId& target(size_t index) const { return targets_[index]; }

  struct Awaiter {
    Round& round;
    bool await_ready() const noexcept { return round.done_; }
    void await_suspend(std::coroutine_handle<> waiter) { round.waiter_ = waiter; }
    void await_resume() const noexcept {}
  };
  Awaiter wait() { return Awaiter{*this}; }

  Gathered take() {
    Gathered out;
    out.quorum = quorum();
    out.refused = refused_;
    out.aborted = !out.quorum && blocked_by([this](size_t i) { return verdict_is(i, Verdict::kAborted); });
    out.far_future = far_future_;
    out.seen = seen_;
    for (size_t i = 0; i < targets_.size(); ++i) {
      if (granted(i)) out.granted.push_back({targets_[i], std::move(**answers_[i])});
    }
    return out;
  }

 private:
  bool granted(size_t index) const { return verdict_is(index, Verdict::kDone); }
  bool verdict_is(size_t index, Verdict verdict) const {
    return answers_[index] && *answers_[index] && (*answers_[index])->verdict == verdict;
  }

  template <class Counts>
  size_t count(const ReplicaSet& set, Counts counts) const {
    size_t n = 0;
    for (size_t i = 0; i < targets_.size(); ++i) n += counts(i) && contains(set, targets_[i]) ? 1 : 0;
    return n;
  }
  bool quorum() const {
    return std::all_of(needed_.begin(), needed_.end(), [this](const ReplicaSet& set) {
      return count(set, [this](size_t i) { return granted(i); }) >= majority_of(set.size());
    });
  }
  template <class Lost>
  bool blocked_by(Lost lost) const {
    return std::any_of(needed_.begin(), needed_.end(),
                       [&](const ReplicaSet& set) { return set.size() - count(set, lost) < majority_of(set.size()); });
  }
  bool impossible() const {
    return blocked_by([this](size_t i) { return answers_[i] && !granted(i); });
  }
  void finish() {
    if (std::exchange(done_, true)) return;
    loop_->cancel(timer_);
    if (waiter_) loop_->post([waiter = waiter_] { waiter.resume(); });
  }

  const ReplicaSet targets_;
  const std::vector<ReplicaSet> needed_;
  std::vector<std::optional<Result<Reply>>> answers_;
  runtime::Loop* const loop_;
  runtime::TimerId timer_ = 0;
  std::coroutine_handle<> waiter_;
  Ord seen_;
  bool refused_ = false;
  bool far_future_ = false;
  bool done_ = false;
};

Task<Result<Reply>> Asker::ask(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline) {
  if (own_ && node == self_) return own_->handle(std::move(request));
  return peers_.call(node, std::move(request), deadline);
}

Task<void> Asker::ask_for(Asker& asker, std::shared_ptr<Round> round, size_t index,
                          std::shared_ptr<const Request> request, MonotonicTime deadline) {
  round->answered(index, co_await asker.ask(round->target(index), std::move(request), deadline));
}

Task<Gathered> Asker::gather(std::shared_ptr<const Request> request, std::vector<ReplicaSet> needed, ReplicaSet targets,
                             Duration timeout) {
  auto round = std::make_shared<Round>(std::move(targets), std::move(needed));
  const MonotonicTime deadline = runtime::Loop::current()->now() + timeout;
  Round::start_timer(round, timeout);
  for (size_t i = 0; i < round->target_count(); ++i) background_.spawn(ask_for(*this, round, i, request, deadline));
  co_await round->wait();
  co_return round->take();
}

ReplicaSet union_of(const std::vector<ReplicaSet>& sets) {
  ReplicaSet out;
  for (const ReplicaSet& set : sets) {
    for (const NodeId& node : set) {
      if (!contains(out, node)) out.push_back(node);
    }
  }
  return out;
}

}  // namespace garage::table

#include "table/gather.hpp"

#include <algorithm>
#include <coroutine>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "runtime/loop.hpp"
#include "telemetry/span_context.hpp"

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

std::vector<CompletionNote> Gathered::notes() const {
  std::vector<CompletionNote> out;
  for (const Granted& one : granted) {
    if (!one.reply.note) continue;
    const auto same = std::ranges::find(out, one.reply.note->write, &CompletionNote::write);
    if (same == out.end()) {
      out.push_back(*one.reply.note);
    } else if (one.reply.note->ord < same->ord) {
      *same = *one.reply.note;
    }
  }
  return out;
}

// One question on its way. Shared by the waiting coordinator and the calls, some of which outlive the wait. One loop.
class Asker::Round : public std::enable_shared_from_this<Asker::Round> {
 public:
  Round(Asker& asker, std::shared_ptr<const Request> request, std::vector<ReplicaSet> needed, ReplicaSet targets,
        GatherOptions options)
      : asker_(asker),
        request_(std::move(request)),
        needed_(std::move(needed)),
        targets_(std::move(targets)),
        options_(options),
        answers_(targets_.size()),
        loop_(runtime::Loop::current()) {
    ASSERT(loop_, "a coordinator runs on a loop");
  }

  void start(Duration timeout) {
    deadline_ = loop_->now() + timeout;
    timer_ = loop_->call_after(timeout, [weak = weak_from_this()] {
      if (auto round = weak.lock()) round->finish();
    });
    if (options_.spill_after) {
      spill_timer_ = loop_->call_after(*options_.spill_after, [weak = weak_from_this()] {
        if (auto round = weak.lock()) round->ask_up_to(round->targets_.size());
      });
    }
    ask_up_to(options_.spill_after ? first_wave() : targets_.size());
    if (impossible()) finish();  // a set without members: nobody keeps this yet
  }

  struct Awaiter {
    Round& round;
    telemetry::ContextKeeper context = {};
    bool await_ready() const noexcept { return round.done_; }
    void await_suspend(std::coroutine_handle<> waiter) {
      context.keep();
      round.waiter_ = waiter;
    }
    void await_resume() const noexcept { context.give_back(); }
  };
  Awaiter wait() { return Awaiter{*this}; }

  Gathered take() {
    Gathered out;
    out.quorum = quorum();
    out.stage_over = any_told(Verdict::kStageOver);
    out.refused = any_told(Verdict::kRefused);
    out.aborted = !out.quorum && any_told(Verdict::kAborted) &&
                  blocked_by([this](size_t i) { return told(i, Verdict::kAborted); });
    out.closed = any_told(Verdict::kClosed);
    out.far_future = any_told(Verdict::kFarFuture);
    const auto is_full = [this](size_t i) {
      return answers_[i] && !*answers_[i] && answers_[i]->error().kind == ErrorKind::kNoSpace;
    };
    // Where there is nobody yet to ask, nobody is full.
    out.no_space = !out.quorum && !targets_.empty() && blocked_by(is_full);
    out.seen = seen_;
    for (size_t i = 0; i < targets_.size(); ++i) {
      if (granted(i)) out.granted.push_back({targets_[i], std::move(**answers_[i])});
    }
    return out;
  }

 private:
  bool told(size_t index, Verdict verdict) const {
    return answers_[index] && *answers_[index] && (*answers_[index])->verdict == verdict;
  }
  bool granted(size_t index) const { return told(index, Verdict::kDone); }
  bool any_told(Verdict verdict) const {
    for (size_t i = 0; i < targets_.size(); ++i) {
      if (told(i, verdict)) return true;
    }
    return false;
  }

  template <class Counts>
  size_t count(const ReplicaSet& set, Counts counts) const {
    size_t n = 0;
    for (size_t i = 0; i < targets_.size(); ++i) n += counts(i) && contains(set, targets_[i]) ? 1 : 0;
    return n;
  }
  size_t needed_of(const ReplicaSet& set) const { return std::min(majority_of(set.size()), options_.quorum_max); }
  template <class Counts>
  bool enough(Counts counts) const {
    return std::all_of(needed_.begin(), needed_.end(),
                       [&](const ReplicaSet& set) { return count(set, counts) >= needed_of(set); });
  }
  bool quorum() const {
    return enough([this](size_t i) { return granted(i); });
  }
  template <class Lost>
  bool blocked_by(Lost lost) const {
    return std::any_of(needed_.begin(), needed_.end(),
                       [&](const ReplicaSet& set) { return set.size() - count(set, lost) < needed_of(set); });
  }
  bool impossible() const {
    return blocked_by([this](size_t i) { return answers_[i] && !granted(i); });
  }

  size_t first_wave() const {
    size_t wave = 0;
    while (wave < targets_.size() && !enough([wave](size_t i) { return i < wave; })) ++wave;
    return wave;
  }
  void ask_up_to(size_t end) {
    const size_t begin = std::exchange(asked_, std::max(asked_, end));
    for (size_t i = begin; i < asked_; ++i) asker_.background_.spawn(ask_one(shared_from_this(), i));
  }
  static Task<void> ask_one(std::shared_ptr<Round> self, size_t index) {
    self->answered(index, co_await self->asker_.ask(self->targets_[index], self->request_, self->deadline_));
  }
  void answered(size_t index, Result<Reply> reply) {
    if (done_) {
      if (!reply && ended_with_quorum_) hint(index);
      return;
    }
    if (reply && seen_ < reply->seen) seen_ = reply->seen;
    answers_[index] = std::move(reply);
    if (quorum() || impossible()) return finish();
    if (!granted(index)) ask_up_to(targets_.size());
  }
  void finish() {
    if (std::exchange(done_, true)) return;
    loop_->cancel(timer_);
    if (spill_timer_ != 0) loop_->cancel(spill_timer_);
    ended_with_quorum_ = quorum();
    if (ended_with_quorum_) {
      for (size_t i = 0; i < targets_.size(); ++i) {
        if (answers_[i] && !*answers_[i]) hint(i);
      }
    }
    if (waiter_) loop_->post([waiter = waiter_] { waiter.resume(); });
  }
  // The others have it; this one will be told again.
  void hint(size_t index) {
    if (asker_.hints_ && request_->operation == Operation::kInstall) asker_.hints_->add(targets_[index], request_);
  }

  Asker& asker_;
  const std::shared_ptr<const Request> request_;
  const std::vector<ReplicaSet> needed_;
  const ReplicaSet targets_;
  const GatherOptions options_;
  std::vector<std::optional<Result<Reply>>> answers_;
  runtime::Loop* const loop_;
  MonotonicTime deadline_;
  runtime::TimerId timer_ = 0;
  runtime::TimerId spill_timer_ = 0;
  std::coroutine_handle<> waiter_;
  Ord seen_;
  size_t asked_ = 0;
  bool done_ = false;
  bool ended_with_quorum_ = false;
};

Task<Result<Reply>> Asker::ask(NodeId node, std::shared_ptr<const Request> request, MonotonicTime deadline) {
  if (own_ && node == self_) return own_->handle(std::move(request));
  return peers_.call(node, std::move(request), deadline);
}

Task<Gathered> Asker::gather(std::shared_ptr<const Request> request, std::vector<ReplicaSet> needed, ReplicaSet targets,
                             Duration timeout, GatherOptions options) {
  if (options.spill_after) targets = peers_.nearest_first(std::move(targets));
  auto round = std::make_shared<Round>(*this, std::move(request), std::move(needed), std::move(targets), options);
  round->start(timeout);
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

#include "daemon/layout_duty.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "runtime/sleep.hpp"

namespace garage::daemon {
namespace {

constexpr Duration kLookEvery = 200ms, kLookEveryInChange = 50ms;
constexpr Duration kHandOverAgain = 1s;  // what did not succeed

// Whatever was handed in before it was admitted before; when it is done, so are they.
class Barrier : public kv::Change {
 public:
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch&) override { return {}; }
};

}  // namespace

LayoutDuty::LayoutDuty(NodeId self, admin::LayoutKeeper& keeper, LayoutPlacement& placement, Tables& tables,
                       kv::CommitQueue& commits, Told told)
    : self_(self), keeper_(keeper), placement_(placement), tables_(tables), commits_(commits), told_(std::move(told)) {}

void LayoutDuty::show() {
  const auto known = keeper_.snapshot();
  placement_.show(known->history, layout::enterable_stage(known->history));
  shown_ = known->digest;
  settled_ = known->history.settled;
}

Task<Result<void>> LayoutDuty::follow_at_once() {
  for (auto before = layout::LayoutHash{}; before != shown_ || placement_.stage() != progress_.fenced_stage;) {
    before = shown_;
    CO_CHECK_OK(co_await follow());
    show();
  }
  co_return Result<void>{};
}

void LayoutDuty::start() {
  may_ask_ = true;
  duty_.spawn(run());
}

Task<void> LayoutDuty::stop() {
  stopping_ = true;
  tables_.hub().hand_over().stop();
  co_await duty_.join();
}

Task<void> LayoutDuty::run() {
  while (!stopping_) {
    if (auto followed = co_await follow(); !followed && followed.error().kind != ErrorKind::kClosed && !stopping_) {
      LOG_WARN("layout", "the layout change does not go on yet: {}", followed.error().message);
      notes_.failed(followed.error().message, runtime::Loop::current()->now());
    }
    const bool changing = layout::waiting_for(keeper_.snapshot()->history).has_value();
    if (changing) {
      notes_.busy();
    } else {
      notes_.idle();
    }
    co_await runtime::sleep_for(changing ? kLookEveryInChange : kLookEvery);
  }
}

Task<Result<void>> LayoutDuty::follow() {
  const auto known = keeper_.snapshot();
  const uint64_t stage = layout::enterable_stage(known->history);
  if (known->digest != shown_ || stage > placement_.stage()) {
    placement_.show(known->history, stage);
    CO_CHECK_OK(co_await tables_.follow_layout());
    shown_ = known->digest;
  }
  if (progress_.fenced_stage < stage) CO_CHECK_OK(co_await fence(stage));

  const auto waiting = layout::waiting_for(known->history);
  const bool my_turn = waiting && waiting->step == layout::Step::kHandOver &&
                       progress_.handed_over < waiting->version &&
                       std::ranges::find(waiting->nodes, self_) != waiting->nodes.end();
  Result<void> handed;
  if (my_turn && may_ask_ && runtime::Loop::current()->now() >= hand_over_again_) {
    if (std::exchange(handing_over_, waiting->version) != waiting->version)
      LOG_INFO("layout", "handing rows over to the nodes of version {}", waiting->version);
    handed = co_await hand_over(known->history, waiting->version);
    if (handed) progress_.handed_over = waiting->version;
    hand_over_again_ = handed ? MonotonicTime() : runtime::Loop::current()->now() + kHandOverAgain;
  }
  // Also where nothing new was done here: what the others have done may move this node's tracker.
  CO_TRY([[maybe_unused]] const bool changed, co_await keeper_.made_progress(progress_));
  if (const auto digest = keeper_.snapshot()->digest; digest != announced_) {
    announced_ = digest;
    told_.history_changed();
  }
  if (known->history.settled > settled_) {
    settled_ = known->history.settled;
    LOG_INFO("layout", "version {} of the layout is in force", settled_);
    told_.version_settled();
  }
  co_return handed;
}

Task<Result<void>> LayoutDuty::fence(uint64_t stage) {
  CO_CHECK_OK(co_await commits_.commit(std::make_shared<Barrier>()));
  progress_.fenced_stage = stage;
  co_return Result<void>{};
}

// The others have said that they refuse earlier stages, or it would not be this node's turn; of a revoked node nobody
// knows.
Task<Result<void>> LayoutDuty::hand_over(const layout::History& history, uint64_t version) {
  CO_CHECK_OK(co_await told_.handing_over());
  const auto involved = layout::involved_nodes(history);
  const bool some_revoked =
      std::ranges::any_of(involved, [&](const NodeId& node) { return history.revoked.contains(node); });
  const auto by = some_revoked ? table::HandOverBy::kRound : table::HandOverBy::kLook;
  co_return co_await tables_.hub().hand_over().run(version, by);
}

}  // namespace garage::daemon

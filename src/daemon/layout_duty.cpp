#include "daemon/layout_duty.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "runtime/pool.hpp"
#include "runtime/sleep.hpp"

namespace garage::daemon {
namespace {

constexpr Duration kLookEvery = 200ms, kLookEveryInChange = 50ms;
constexpr size_t kRowsAtOnce = 64;

// Whatever was handed in before it was admitted before; when it is done, so are they.
class Barrier : public kv::Change {
 public:
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch&) override { return {}; }
};

Result<std::vector<std::string>> read_keys(kv::Store& store, kv::Family family, const std::string& from) {
  std::vector<std::string> keys;
  auto iterator = store.iterate(family, {});
  for (iterator->seek(from); iterator->valid() && keys.size() < kRowsAtOnce; iterator->next()) {
    keys.emplace_back(iterator->key());
  }
  CHECK_OK(iterator->status());
  return keys;
}

}  // namespace

LayoutDuty::LayoutDuty(NodeId self, admin::LayoutKeeper& keeper, LayoutPlacement& placement, Tables& tables,
                       kv::Store& store, kv::CommitQueue& commits, runtime::Pool& disk, Told told)
    : self_(self),
      keeper_(keeper),
      placement_(placement),
      tables_(tables),
      store_(store),
      commits_(commits),
      disk_(disk),
      told_(std::move(told)) {}

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
  if (my_turn && may_ask_) {
    LOG_INFO("layout", "handing rows over to the nodes of version {}", waiting->version);
    CO_CHECK_OK(co_await hand_over());
    progress_.handed_over = waiting->version;
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
  co_return Result<void>{};
}

Task<Result<void>> LayoutDuty::fence(uint64_t stage) {
  CO_CHECK_OK(co_await commits_.commit(std::make_shared<Barrier>()));
  progress_.fenced_stage = stage;
  co_return Result<void>{};
}

bool LayoutDuty::moves(kv::Family family, std::string_view key) {
  const auto sets = tables_.placement(family).sets_for(key);
  return sets.write.size() > 1 && std::ranges::find(sets.write[0], self_) != sets.write[0].end();
}

Task<Result<void>> LayoutDuty::hand_over() {
  for (const kv::Family family : tables_.families()) CO_CHECK_OK(co_await hand_over_family(family));
  co_return Result<void>{};
}

Task<Result<void>> LayoutDuty::hand_over_family(kv::Family family) {
  std::string from;
  for (;;) {
    CO_TRY(const auto keys, co_await runtime::run_on(disk_, [&] { return read_keys(store_, family, from); }));
    if (keys.empty()) co_return Result<void>{};
    if (stopping_) co_return fail(ErrorKind::kClosed, "stopping");
    std::vector<Result<void>> outcomes(keys.size());
    runtime::TaskGroup settling;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (moves(family, keys[i])) settling.spawn(settle_row(family, keys[i], &outcomes[i]));
    }
    co_await settling.join();
    for (auto& outcome : outcomes) CO_CHECK_OK(std::move(outcome));
    from = keys.back() + '\0';
  }
}

Task<void> LayoutDuty::settle_row(kv::Family family, std::string key, Result<void>* outcome) {
  auto settled = co_await tables_.rows(family).settle(std::move(key), {});
  if (!settled) *outcome = std::unexpected(settled.error());
}

}  // namespace garage::daemon

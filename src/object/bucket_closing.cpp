#include "object/bucket_closing.hpp"

#include <algorithm>
#include <utility>

#include "model/settings.hpp"
#include "object/closing_replica.hpp"
#include "object/service.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

constexpr Duration kPageTimeout = 10s;
// Each is settled. A replica that has missed more deletions does not count: the others will bring it up to date.
constexpr size_t kLivingOfNodeMax = 8 * kLivingRowsMax;

}  // namespace

BucketClosing::BucketClosing(Core& core, CloseRequest request, uint32_t spread,
                             std::function<Task<Result<void>>()> renew)
    : core_(core), request_(std::move(request)), spread_(spread), renew_(std::move(renew)) {}

Task<Result<void>> BucketClosing::run() {
  CO_CHECK_OK(place(spread_));
  wake_to_renew();
  for (const auto& one : nodes_) core_.asking.spawn(ask_node(shared_from_this(), one.first));
  auto looked = co_await look_through();
  over_ = true;
  runtime::Loop::current()->cancel(timer_);
  co_return looked;
}

Result<void> BucketClosing::place(uint32_t spread) {
  for (uint32_t shard = 0; shard < spread; ++shard) {
    const auto number = static_cast<uint16_t>(shard);
    auto sets = core_.cluster->rows->sets_for(table::shard_prefix(request_.bucket, number));
    if (shard == 0) request_.stage = sets.stage;
    if (sets.stage != request_.stage || sets.write.empty()) {
      return fail(ErrorKind::kUnavailable, "the layout is changing, or there is none");
    }
    for (auto& set : sets.write) {
      for (const NodeId& node : set) {
        auto& shards = nodes_[node].shards;
        if (shards.empty() || shards.back() != number) shards.push_back(number);
      }
      sets_.push_back(std::move(set));
    }
  }
  return {};
}

void BucketClosing::wake_to_renew() {
  timer_ = runtime::Loop::current()->call_after(model::Settings::kRenewEvery, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    self->renewal_due_ = true;
    self->changed_.notify_all();
  });
}

Task<void> BucketClosing::ask_node(std::shared_ptr<BucketClosing> self, NodeId node) {
  const Told told = co_await self->go_through(node);
  self->nodes_.at(node).told = told;
  self->changed_.notify_all();
}

Task<BucketClosing::Told> BucketClosing::go_through(NodeId id) {
  Node& node = nodes_.at(id);
  CloseRequest request = request_;
  request.shards = node.shards;
  while (!over_) {
    auto answer = co_await call(id, request);
    const bool good = answer && answer->held && answer->stage <= request.stage;
    if (!good) co_return Told::kFailure;
    node.living += answer->living.size();
    for (auto& row : answer->living) {
      Ord& ord = told_living_[std::move(row.key)];
      ord = std::max(ord, row.ord);
    }
    if (answer->next_from.empty()) co_return Told::kAll;
    if (node.living > kLivingOfNodeMax) break;
    if (!answer->living.empty()) changed_.notify_all();
    request.from = std::move(answer->next_from);
  }
  co_return Told::kFailure;
}

Task<Result<CloseAnswer>> BucketClosing::call(NodeId node, CloseRequest request) {
  if (node == core_.cluster->self) co_return co_await hold_and_look(core_, std::move(request));
  const net::CallOptions options{.deadline = runtime::Loop::current()->now() + kPageTimeout};
  CO_TRY(const std::string bytes, co_await core_.cluster->caller->call(node, std::string(kCloseOperation),
                                                                       encode_close_request(request), options));
  co_return decode_close_answer(request, bytes);
}

Task<Result<void>> BucketClosing::look_through() {
  for (;;) {
    CO_CHECK_OK(co_await settle_what_was_told());
    if (has_majorities()) co_return Result<void>();
    if (all_told()) break;
    if (renewal_due_) {
      CO_CHECK_OK(co_await renew());
    } else {
      co_await changed_.wait();
    }
  }
  co_return fail(ErrorKind::kUnavailable, "no majority of a shard's replicas has told what is in the bucket");
}

// What these tell next comes into the map meanwhile.
Task<Result<void>> BucketClosing::settle_what_was_told() {
  while (!told_living_.empty()) {
    auto one = told_living_.extract(told_living_.begin());
    // Above it, and not only read: another replica may be about to take it.
    table::SettleOptions above{.above = one.mapped(), .abort_upload = {}};
    CO_TRY(const auto settled, co_await core_.objects->settle(std::move(one.key()), above));
    if (settled.row.value) co_return fail(ErrorKind::kExists, "the bucket is not empty");
    if (renewal_due_) CO_CHECK_OK(co_await renew());
  }
  co_return Result<void>();
}

Task<Result<void>> BucketClosing::renew() {
  renewal_due_ = false;
  auto renewed = co_await renew_();
  wake_to_renew();
  if (renewed || renewed.error().kind != ErrorKind::kConflict) co_return Result<void>();
  co_return renewed;
}

bool BucketClosing::has_majorities() const {
  const auto told_all = [this](const NodeId& node) { return nodes_.at(node).told == Told::kAll; };
  return std::ranges::all_of(sets_, [&](const table::ReplicaSet& set) {
    return static_cast<size_t>(std::ranges::count_if(set, told_all)) >= table::majority_of(set.size());
  });
}

bool BucketClosing::all_told() const {
  return std::ranges::none_of(nodes_, [](const auto& one) { return one.second.told == Told::kNothing; });
}

}  // namespace garage::object

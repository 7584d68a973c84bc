#include "table/range_round.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "table/gather.hpp"
#include "table/operations.hpp"

namespace garage::table {

RangeRound::RangeRound(NodeId self, RangeReplica* own, net::Caller& caller, runtime::Background& background,
                       RangeRoundOptions options)
    : self_(self), own_(own), caller_(caller), background_(background), options_(options) {}

Task<Result<std::vector<RangeGroup>>> RangeRound::ask(RangeQuery query, std::vector<RangeGroup> groups) {
  query_ = std::move(query);
  groups_ = std::move(groups);
  for (const RangeGroup& group : groups_) states_.push_back({caller_.nearest_first(union_of(group.sets.write)), {}});

  runtime::Loop* loop = runtime::Loop::current();
  deadline_ = loop->now() + options_.timeout;
  const auto at = [&](Duration after, bool RangeRound::* flag) {
    return loop->call_after(after, [weak = weak_from_this(), flag] {
      auto self = weak.lock();
      if (!self) return;
      (*self).*flag = true;
      self->changed_.notify_all();
    });
  };
  const auto spill_timer = at(options_.spill_after, &RangeRound::wants_spill_);
  const auto end_timer = at(options_.timeout, &RangeRound::expired_);
  ask_majorities();
  while (!finished()) {
    if (wants_spill_ && !spilled_) {
      ask_the_rest();
    } else {
      co_await changed_.wait();
    }
  }
  over_ = true;
  loop->cancel(spill_timer);
  loop->cancel(end_timer);

  for (size_t g = 0; g < groups_.size(); ++g) {
    if (has_majorities(g)) continue;
    if (has_quorum(g) || may_answer_from_one(g)) {
      groups_[g].from_one = true;
    } else if (stage_over_) {
      co_return fail(ErrorKind::kConflict, "the layout moved on");
    } else {
      co_return fail(ErrorKind::kUnavailable, "no quorum of a shard's replicas answered");
    }
  }
  co_return std::move(groups_);
}

void RangeRound::ask_majorities() {
  std::map<NodeId, std::vector<size_t>> groups_of;
  for (size_t g = 0; g < groups_.size(); ++g) {
    GroupState& state = states_[g];
    std::vector<NodeId> chosen;
    for (const NodeId& node : state.members) {
      if (groups_[g].suffices(chosen) || (options_.one_suffices && !chosen.empty())) break;
      chosen.push_back(node);
      groups_of[node].push_back(g);
    }
  }
  ask_nodes(groups_of);
}

void RangeRound::ask_the_rest() {
  spilled_ = true;
  std::map<NodeId, std::vector<size_t>> groups_of;
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (has_quorum(g)) continue;
    for (const NodeId& node : states_[g].members) {
      if (!states_[g].asked.contains(node)) groups_of[node].push_back(g);
    }
  }
  ask_nodes(groups_of);
}

void RangeRound::ask_nodes(const std::map<NodeId, std::vector<size_t>>& groups_of) {
  for (const auto& [node, groups] : groups_of) {
    for (const size_t g : groups) states_[g].asked[node] = Told::kNothing;
  }
  for (const auto& [node, groups] : groups_of) background_.spawn(ask_node(shared_from_this(), node, groups));
}

Task<void> RangeRound::ask_node(std::shared_ptr<RangeRound> self, NodeId node, std::vector<size_t> groups) {
  auto answer = co_await self->call(node, self->request_for(groups));
  self->take(node, groups, std::move(answer));
}

Task<Result<std::vector<SectionAnswer>>> RangeRound::call(NodeId node, RangeRequest request) {
  if (own_ && node == self_) co_return co_await own_->read(std::move(request));
  CO_TRY(const std::string bytes, co_await caller_.call(node, std::string(kRangeOperation),
                                                        encode_range_request(request), {.deadline = deadline_}));
  co_return decode_range_answer(request, bytes);
}

// A group's share of the page, and three sigma, because shards are not filled evenly. With a delimiter every group may
// name every common prefix.
size_t RangeRound::items_max_for(const RangeGroup& group) const {
  const size_t all = query_.rows_max + 1;
  if (groups_.size() == 1 || !query_.delimiter.empty()) return all;
  const double share = static_cast<double>(query_.rows_max) * static_cast<double>(group.shards.size()) /
                       static_cast<double>(query_.shards.size());
  return std::min(all, static_cast<size_t>(share + 3 * std::sqrt(share)) + 8);
}

RangeRequest RangeRound::request_for(const std::vector<size_t>& groups) const {
  RangeRequest out{query_.family, query_.prefix, query_.from, query_.delimiter, {}};
  for (const size_t g : groups)
    out.sections.push_back({groups_[g].sets.stage, groups_[g].shards, items_max_for(groups_[g])});
  return out;
}

void RangeRound::take(NodeId node, const std::vector<size_t>& groups, Result<std::vector<SectionAnswer>> answer) {
  if (over_) return;
  for (size_t i = 0; i < groups.size(); ++i) {
    Told& told = states_[groups[i]].asked[node];
    told = Told::kFailure;
    if (!answer) continue;
    SectionAnswer& section = (*answer)[i];
    if (section.verdict == Verdict::kDone) {
      told = Told::kAnswer;
      groups_[groups[i]].answers.emplace_back(node, std::move(section));
    } else {
      stage_over_ = true;
    }
  }
  if (!answer || stage_over_) wants_spill_ = true;
  changed_.notify_all();
}

bool RangeRound::has_majorities(size_t group) const {
  std::vector<NodeId> answered;
  for (const auto& [node, section] : groups_[group].answers) answered.push_back(node);
  return groups_[group].suffices(answered);
}

bool RangeRound::has_quorum(size_t group) const {
  return has_majorities(group) || (options_.one_suffices && !groups_[group].answers.empty());
}

// Who has refused by stage has spoken; who cannot be reached has not.
bool RangeRound::may_answer_from_one(size_t group) const {
  const RangeGroup& of = groups_[group];
  const bool two = options_.one_of_two_suffices && of.sets.write.size() == 1 && of.sets.write[0].size() == 2;
  return two && !stage_over_ && !of.answers.empty();
}

bool RangeRound::all_told(size_t group) const {
  const GroupState& state = states_[group];
  return state.asked.size() == state.members.size() &&
         std::none_of(state.asked.begin(), state.asked.end(),
                      [](const auto& one) { return one.second == Told::kNothing; });
}

bool RangeRound::finished() const {
  if (expired_) return true;
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (!has_quorum(g) && !all_told(g)) return false;
  }
  return true;
}

}  // namespace garage::table

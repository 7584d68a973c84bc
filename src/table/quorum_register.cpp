#include "table/quorum_register.hpp"

#include <algorithm>
#include <utility>

#include "runtime/sleep.hpp"
#include "table/compose.hpp"

namespace garage::table {
namespace {

constexpr const char* kNearlyFull = ": the disks of replicas are nearly full";

std::vector<NodeId> holders_of(const Gathered& gathered, Ord ord) {
  std::vector<NodeId> holders;
  for (const Granted& granted : gathered.granted) {
    if (granted.reply.row && granted.reply.row->ord == ord) holders.push_back(granted.node);
  }
  return holders;
}

std::optional<Row> copy_of(const Row* row) {
  return row ? std::optional<Row>(*row) : std::nullopt;
}

}  // namespace

Task<Result<Written>> QuorumRegister::write(Write write) {
  if (write.extra)
    co_return fail(ErrorKind::kUnsupported, "local extras of a write need this node to be the only replica");
  CO_CHECK_OK(require_fitting(write.companions));
  Operation operation{.key = write.key,
                      .write = &write,
                      .started_ms = ords_.now_ms(),
                      .seen = write.above,
                      .witnessed = write.above,
                      .first_ord = {},
                      .before = {},
                      .settle = {}};
  if (!write.conditional || options_.ablation.check_then_write) {
    if (auto done = co_await plain_write(operation)) co_return std::move(*done);
  }
  co_return co_await decide_in_rounds(operation);
}

Task<Result<std::optional<Row>>> QuorumRegister::read(std::string key) {
  Operation operation{.key = std::move(key), .seen = {}, .first_ord = {}, .before = {}, .settle = {}};
  for (int attempt = 1; attempt <= options_.read_attempts_max; ++attempt) {
    if (attempt > 1) co_await pause(attempt);
    const ReplicaSets sets = placement_.sets_for(operation.key);
    const bool one_answers = options_.consistency != Consistency::kConsistent;
    // All write sets, also in the middle of a layout change: what is answered must be there after the change.
    const Gathered gathered = co_await read_from(operation, sets, sets.write, one_answers ? 1 : SIZE_MAX);
    auto row = copy_of(gathered.highest_row());
    const bool as_it_is = (one_answers && gathered.quorum) || answers_from_one(sets, gathered);
    if (as_it_is) co_return std::move(row);
    if (!gathered.quorum) continue;
    const Ord ord = row ? row->ord : Ord{};
    if (gathered.held_by_majorities(ord, sets.write) || options_.ablation.no_write_back) co_return std::move(row);
    if (co_await write_back(operation, sets, *row, holders_of(gathered, ord))) co_return std::move(row);
    if (operation.no_space) break;
    // One round, then look again: where several readers meet, whoever settles the row has done it for all.
    if (auto settled = co_await settle_once(operation, false)) co_return std::move(*settled);
  }
  co_return not_agreed(operation);
}

Task<Result<void>> QuorumRegister::settle(std::string key, Ord above) {
  CO_TRY([[maybe_unused]] const auto settled, co_await settle(std::move(key), SettleOptions{above, {}}));
  co_return Result<void>();
}

Task<Result<Settled>> QuorumRegister::settle(std::string key, SettleOptions options) {
  Operation operation{.key = std::move(key), .seen = options.above, .first_ord = {}, .before = {}, .settle = options};
  for (int attempt = 1; attempt <= options_.round_attempts_max; ++attempt) {
    if (attempt > 1) co_await pause(attempt);
    auto prepared = co_await next_round(operation);
    if (!prepared) continue;
    Settled settled{prepared->ballot, restamp(prepared->row, prepared->ballot)};
    if (co_await install_restamped(operation, std::move(*prepared))) co_return std::move(settled);
    if (operation.no_space) break;
  }
  co_return not_agreed(operation);
}

// Nothing: an install was sent and not granted by a quorum; full rounds find out what became of it.
Task<std::optional<Result<Written>>> QuorumRegister::plain_write(Operation& operation) {
  Write& write = *operation.write;
  std::optional<Gathered> gathered;
  ReplicaSets sets;
  for (int attempt = 1; !gathered; ++attempt) {
    if (attempt > options_.read_attempts_max) co_return give_up(operation);
    if (attempt > 1) co_await pause(1);
    sets = placement_.sets_for(operation.key);
    std::vector<ReplicaSet> needed{sets.read};  // named: GCC 12 loses an initializer list across co_await
    gathered = co_await read_quorum(operation, sets, std::move(needed));
  }
  if (!ords_.knows_time() && !co_await wait_for_time(operation)) co_return give_up(operation);
  operation.before = copy_of(gathered->highest_row());
  const Ord before_ord = operation.before ? operation.before->ord : Ord{};
  const Ord ord = ords_.next_above(options_.ablation.promises_not_seen ? before_ord : operation.seen);
  if (above_ceiling(operation, ord)) co_return give_up(operation);
  auto value = write.decision->decide(operation.before);
  if (!value) co_return std::unexpected(std::move(value).error());

  Row row = compose_blind({write.uuid, std::move(*value), operation.started_ms}, ord);
  if (options_.ablation.lineage_of_unsettled && operation.before) {
    row = compose_ballot({write.uuid, row.value, row.modified_ms}, ord, operation.before);
    row.kind = RowKind::kBlind;
    row.blind_floor = ord;
  }
  operation.first_ord = ord;
  operation.seen = std::max(operation.seen, ord);
  Beside beside{write.companions, {}};
  if (co_await install(operation, sets, row, std::move(beside), Origin::kComposed))
    co_return Written{ord, operation.started_ms, std::move(operation.before)};
  if (options_.ablation.check_then_write || operation.no_space) co_return give_up(operation);
  if (options_.ablation.retry_as_new) {
    for (int attempt = 1; attempt <= options_.round_attempts_max; ++attempt) {
      row = compose_blind({write.uuid, row.value, row.modified_ms}, ords_.next_above(operation.seen));
      Beside again{write.companions, {}};
      if (co_await install(operation, placement_.sets_for(operation.key), row, std::move(again), Origin::kComposed))
        co_return Written{row.ord, operation.started_ms, {}};
    }
    co_return give_up(operation);
  }
  if (!operation.refused) co_await pause(1);
  co_return std::nullopt;
}

Task<std::optional<Gathered>> QuorumRegister::read_quorum(Operation& operation, ReplicaSets sets,
                                                          std::vector<ReplicaSet> needed) {
  const bool one = options_.consistency == Consistency::kDangerous;
  Gathered gathered = co_await read_from(operation, std::move(sets), std::move(needed), one ? 1 : SIZE_MAX);
  if (!gathered.quorum) co_return std::nullopt;
  co_return std::move(gathered);
}

Task<Gathered> QuorumRegister::read_from(Operation& operation, ReplicaSets sets, std::vector<ReplicaSet> needed,
                                         size_t quorum_max) {
  auto request = std::make_shared<Request>();
  request->operation = table::Operation::kRead;
  request->family = schema_.family();
  request->stage = sets.stage;
  request->key = operation.key;
  ReplicaSet targets = union_of(needed);
  Gathered gathered = co_await asker_.gather(std::move(request), std::move(needed), std::move(targets),
                                             options_.call_timeout, {quorum_max, options_.read_spill_after});
  learn(operation, gathered);
  if (gathered.stage_over && !gathered.quorum) co_await runtime::sleep_for(options_.stage_pause);
  co_return std::move(gathered);
}

// Who refuses by its stage can be reached, and knows better.
bool QuorumRegister::answers_from_one(const ReplicaSets& sets, const Gathered& gathered) const {
  const bool two = options_.one_of_two_answers && sets.write.size() == 1 && sets.write[0].size() == 2;
  return two && gathered.granted.size() == 1 && !gathered.stage_over;
}

Task<bool> QuorumRegister::install(Operation& operation, ReplicaSets sets, Row row, Beside beside, Origin origin) {
  auto request = std::make_shared<Request>();
  request->operation = table::Operation::kInstall;
  request->family = schema_.family();
  request->stage = sets.stage;
  request->key = operation.key;
  request->row = std::move(row);
  request->companions = std::move(beside.companions);
  request->companions_at = beside.at;
  request->purpose = purpose_of(operation);
  request->settles = origin == Origin::kFound;
  request->adds = origin == Origin::kComposed && operation.write->adds;
  vouch(operation, *request);
  ReplicaSet targets = union_of(sets.write);
  const bool one = options_.consistency == Consistency::kDangerous && request->row->kind == RowKind::kBlind;
  // Where one copy answers reads, a write waits for this node's own, if it keeps one: that is the one read here.
  const bool own_is_read = options_.consistency != Consistency::kConsistent;
  if (own_is_read && std::ranges::find(targets, asker_.self()) != targets.end()) sets.write.push_back({asker_.self()});
  const Gathered gathered = co_await asker_.gather(std::move(request), std::move(sets.write), std::move(targets),
                                                   options_.call_timeout, {one ? 1 : SIZE_MAX, {}});
  learn(operation, gathered);
  if (gathered.stage_over && !gathered.quorum) co_await runtime::sleep_for(options_.stage_pause);
  co_return gathered.quorum;
}

Task<bool> QuorumRegister::write_back(Operation& operation, ReplicaSets sets, Row row, std::vector<NodeId> holders) {
  auto beside = co_await companions_for(operation, sets.stage, row, std::move(holders));
  if (!beside) co_return false;
  co_return co_await install(operation, std::move(sets), std::move(row), std::move(*beside), Origin::kFound);
}

void QuorumRegister::learn(Operation& operation, const Gathered& gathered) {
  operation.seen = std::max(operation.seen, gathered.seen);
  operation.witnessed = std::max(operation.witnessed, gathered.seen);
  operation.refused |= gathered.refused;
  operation.far_future |= gathered.far_future;
  operation.no_space |= gathered.no_space;
  operation.aborted |= gathered.aborted;
  operation.closed |= gathered.closed;
}

Purpose QuorumRegister::purpose_of(const Operation& operation) {
  const bool client = operation.write ? operation.write->unless_closed : operation.settle.unless_closed;
  return client ? Purpose::kClient : Purpose::kRepair;
}

// A row that once got ahead of all clocks, on whichever replica, must not be out of reach for ever: the others follow
// there. They may: that far ords are refused keeps keys tidy, and no proof rests on it.
void QuorumRegister::vouch(const Operation& operation, Request& request) const {
  if (operation.witnessed.hybrid_ms >= ords_.now_ms()) request.witnessed = operation.witnessed;
}

// What must travel beside a row that somebody else wrote; nothing where no holder could give it.
Task<std::optional<QuorumRegister::Beside>> QuorumRegister::companions_for(Operation& operation, uint64_t stage,
                                                                           Row row, std::vector<NodeId> holders) {
  const Write* write = operation.write;
  const bool brings_them = write && write->uuid == row.uuid && !write->keeps_companions;
  if (brings_them) co_return Beside{write->companions, {}};
  if (schema_.companions_of(operation.key, row).empty()) co_return Beside{};
  auto request = std::make_shared<Request>();
  request->operation = table::Operation::kRead;
  request->family = schema_.family();
  request->stage = stage;
  request->key = operation.key;
  request->companions_wanted = true;
  for (const NodeId& holder : holders) {
    auto reply = co_await asker_.ask(holder, request, runtime::Loop::current()->now() + options_.call_timeout);
    const bool has_it = reply && reply->verdict == Verdict::kDone && reply->row && reply->row->uuid == row.uuid;
    if (!has_it) continue;
    if (reply->companions_too_many) co_return Beside{{}, holder};
    co_return Beside{std::move(reply->companions), {}};
  }
  co_return std::nullopt;
}

Task<void> QuorumRegister::pause(int attempt) {
  const auto spread = static_cast<uint64_t>(options_.pause_step.count()) * static_cast<uint64_t>(attempt);
  const auto extra = Duration(static_cast<Duration::rep>(spread == 0 ? 0 : random_.below(spread)));
  co_await runtime::sleep_for(options_.pause_shortest + extra);
}

// False: the others are there, but have not told what time it is. An operation waits for it once, however many rounds
// it tries.
Task<bool> QuorumRegister::wait_for_time(Operation& operation) {
  constexpr Duration kLookEvery = 20ms;
  if (options_.consistency == Consistency::kDangerous) co_return true;  // answers without the others on purpose
  if (operation.time_unknown) co_return false;
  // Who is alone, by a layout that came into force meanwhile, has nobody to ask.
  const auto is_alone = [&] { return placement_.stage_if_alone(asker_.self(), operation.key).has_value(); };
  for (Duration waited{0}; !ords_.knows_time() && !is_alone(); waited += kLookEvery) {
    operation.time_unknown = waited >= options_.time_patience;
    if (operation.time_unknown) co_return false;
    co_await runtime::sleep_for(kLookEvery);
  }
  co_return true;
}

std::unexpected<Error> QuorumRegister::not_agreed(const Operation& operation) {
  return fail(ErrorKind::kUnavailable,
              std::string("no quorum of the row's replicas agreed") + (operation.no_space ? kNearlyFull : ""));
}

Result<Written> QuorumRegister::give_up(const Operation& operation) const {
  if (operation.aborted && !operation.first_ord) return fail(ErrorKind::kNotFound, "the upload was aborted");
  if (operation.first_ord) {
    return fail(ErrorKind::kUnknownOutcome,
                std::string("the write was sent, but no quorum of the row's replicas confirmed it") +
                    (operation.no_space ? kNearlyFull : ""));
  }
  if (operation.no_space) {
    return fail(ErrorKind::kNoSpace, std::string("no quorum of the row's replicas takes more") + kNearlyFull);
  }
  if (operation.slept) return slept_too_long();
  if (operation.time_unknown) {
    return fail(ErrorKind::kUnavailable, "this node has not heard yet what time it is on the others");
  }
  if (operation.far_future) {
    return fail(ErrorKind::kUnavailable, "replicas refuse the time of this node's clock: it is far ahead of theirs");
  }
  if (operation.closed) return closed_to_clients();
  if (operation.refused) return fail(ErrorKind::kConflict, "the row is being written by others");
  return fail(ErrorKind::kUnavailable, "no quorum of the row's replicas answered");
}

bool QuorumRegister::above_ceiling(const Operation& operation, Ord ord) const {
  return operation.write->ceiling && *operation.write->ceiling < ord;
}

}  // namespace garage::table

// Full rounds of the coordinator: prepare, look, decide, install.
#include <algorithm>
#include <utility>

#include "runtime/sleep.hpp"
#include "table/compose.hpp"
#include "table/quorum_register.hpp"

namespace garage::table {

Task<Result<Written>> QuorumRegister::decide_in_rounds(Operation& operation) {
  for (int round = 1; round <= options_.round_attempts_max; ++round) {
    // Who was refused once has learnt above what to go, and goes at once; who is refused again is in a race, and waits.
    const bool learnt = round == 2 && operation.refused;
    if (round > 1 && !learnt) co_await pause(round);
    auto prepared = co_await next_round(operation);
    if (operation.slept || (!prepared && operation.aborted && !operation.first_ord)) break;
    if (prepared) {
      if (auto answer = co_await decide(operation, std::move(*prepared))) co_return std::move(*answer);
    }
    if (operation.no_space) break;
  }
  co_return give_up(operation);
}

// The answer, or nothing where another round is needed.
Task<std::optional<Result<Written>>> QuorumRegister::decide(Operation& operation, Prepared prepared) {
  Write& write = *operation.write;
  const std::optional<Row>& row = prepared.row;
  if (operation.first_ord && !options_.ablation.retry_without_lineage) {
    switch (fate_of(write.uuid, write.conditional, *operation.first_ord, row)) {
      case Fate::kApplied:
      case Fate::kOverwritten: {
        Written written{prepared.ballot, operation.started_ms, operation.before};
        co_return co_await answer_settled(operation, std::move(prepared), std::move(written));
      }
      case Fate::kUnknowable:
        if (options_.ablation.truncation_is_blind && !write.conditional) {
          Written written{prepared.ballot, operation.started_ms, operation.before};
          co_return co_await answer_settled(operation, std::move(prepared), std::move(written));
        }
        co_return fail(ErrorKind::kUnknownOutcome, "too many later writes hide what became of this one");
      case Fate::kNotApplied:
        break;
    }
  }

  if (operation.aborted) {
    // No install of the write is left that could still be chosen, once this round is.
    co_return co_await answer_settled(operation, std::move(prepared),
                                      fail(ErrorKind::kNotFound, "the upload was aborted"));
  }
  if (write.unless_aborted && !options_.ablation.completed_before_ignored) {
    auto open = require_not_completed(schema_, write, prepared.notes, row);
    // That it was completed rests on the row that was found.
    const bool completed = !open && open.error().kind == ErrorKind::kExists;
    if (completed) {
      co_return co_await answer_settled(operation, std::move(prepared), std::unexpected(std::move(open).error()));
    }
    if (!open) co_return std::unexpected(std::move(open).error());
  }
  auto value = write.decision->decide(row);
  if (!value) {
    // What the condition was false on must be chosen for good before anybody hears of it, unless a quorum holds it. Not
    // even then once an install was sent: a ghost of it may still be found and chosen by somebody else.
    const bool as_it_is = prepared.stable && (!operation.first_ord || options_.ablation.no_settle_after_install);
    if (as_it_is) co_return std::unexpected(std::move(value).error());
    co_return co_await answer_settled(operation, std::move(prepared), std::unexpected(std::move(value).error()));
  }
  if (above_ceiling(operation, prepared.ballot)) co_return give_up(operation);

  Beside beside{write.companions, {}};
  if (write.keeps_companions && row) {
    auto found = co_await companions_for(operation, prepared.sets.stage, *row, prepared.holders);
    if (!found) co_return std::nullopt;
    beside = std::move(*found);
  }
  const uint64_t modified_ms = write.keeps_modified && row ? row->modified_ms : operation.started_ms;
  Row next = compose_ballot({write.uuid, std::move(*value), modified_ms}, prepared.ballot, row, options_.lineage_max);
  if (!operation.first_ord) operation.first_ord = prepared.ballot;
  operation.before = row;
  if (co_await install(operation, prepared.sets, std::move(next), std::move(beside), Origin::kComposed)) {
    co_return Written{prepared.ballot, modified_ms, std::move(prepared.row)};
  }
  co_return std::nullopt;
}

Task<std::optional<Result<Written>>> QuorumRegister::answer_settled(Operation& operation, Prepared prepared,
                                                                    Result<Written> answer) {
  const bool settled = options_.ablation.no_settle || co_await install_restamped(operation, std::move(prepared));
  if (settled) co_return std::move(answer);
  co_return std::nullopt;
}

// A round without a change; nothing where it failed.
Task<std::optional<std::optional<Row>>> QuorumRegister::settle_once(Operation& operation, bool even_if_stable) {
  auto prepared = co_await next_round(operation);
  if (!prepared) co_return std::nullopt;
  std::optional<Row> row = prepared->row;
  const bool as_it_is = (prepared->stable && !even_if_stable) || options_.ablation.no_settle;
  if (as_it_is || co_await install_restamped(operation, std::move(*prepared))) co_return std::move(row);
  co_return std::nullopt;
}

// One ballot above everything seen; nothing where no quorum promised it.
Task<std::optional<QuorumRegister::Prepared>> QuorumRegister::next_round(Operation& operation) {
  if (!ords_.knows_time() && !co_await wait_for_time(operation)) co_return std::nullopt;
  Prepared out;
  out.sets = placement_.sets_for(operation.key);
  operation.slept = operation.write && has_slept_too_long(*operation.write, out.sets.stage);
  if (operation.slept) co_return std::nullopt;
  out.ballot = ords_.next_above(operation.seen);

  auto request = std::make_shared<Request>();
  request->operation = table::Operation::kPrepare;
  request->family = schema_.family();
  request->stage = out.sets.stage;
  request->key = operation.key;
  request->ballot = out.ballot;
  request->abort_upload = operation.settle.abort_upload;
  request->purpose = purpose_of(operation);
  vouch(operation, *request);
  // What became of an install is found out everywhere.
  request->adds = operation.write && operation.write->adds && !operation.first_ord;
  // Once it is known to be aborted, rounds only find out what became of the installs sent before.
  if (operation.write && !operation.aborted) request->unless_aborted = operation.write->unless_aborted;
  // In the middle of a layout change a quorum of both write sets, not only of the read set.
  Gathered gathered =
      co_await asker_.gather(std::move(request), out.sets.write, union_of(out.sets.write), options_.call_timeout);
  learn(operation, gathered);
  if (gathered.stage_over && !gathered.quorum) co_await runtime::sleep_for(options_.stage_pause);
  operation.seen = std::max(operation.seen, out.ballot);
  if (!gathered.quorum) co_return std::nullopt;

  if (const Row* highest = gathered.highest_row()) out.row = *highest;
  const Ord found = out.row ? out.row->ord : Ord{};
  out.stable = gathered.held_by_majorities(found, out.sets.write);
  for (const Granted& one : gathered.granted) {
    if (one.reply.row && one.reply.row->ord == found) out.holders.push_back(one.node);
  }
  out.notes = gathered.notes();
  co_return std::move(out);
}

// What was found, chosen at the ballot: older ghosts are dead from here on.
Task<bool> QuorumRegister::install_restamped(Operation& operation, Prepared prepared) {
  Beside beside;
  if (prepared.row) {
    auto found = co_await companions_for(operation, prepared.sets.stage, *prepared.row, prepared.holders);
    if (!found) co_return false;
    beside = std::move(*found);
  }
  Row row = restamp(prepared.row, prepared.ballot);
  co_return co_await install(operation, std::move(prepared.sets), std::move(row), std::move(beside), Origin::kFound);
}

}  // namespace garage::table

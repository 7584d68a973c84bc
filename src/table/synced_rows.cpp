#include "table/synced_rows.hpp"

#include <utility>

#include "runtime/loop.hpp"
#include "table/row.hpp"

namespace garage::table {
namespace {

constexpr Duration kCallTimeout = 10s;

}  // namespace

Result<Ord> SyncedRegister::version_of(std::string_view key, std::string_view value) const {
  TRY(const auto row, decode_row_view(key, value));
  return row.ord;
}

Task<Result<Reply>> SyncedRegister::ask(NodeId node, std::shared_ptr<const Request> request) {
  if (node == self_) return own_.handle(std::move(request));
  return peers_.call(node, std::move(request), runtime::Loop::current()->now() + kCallTimeout);
}

Task<Result<void>> SyncedRegister::bring(NodeId from, NodeId to, std::string key) {
  auto read = std::make_shared<Request>();
  read->family = family();
  read->stage = placement_.stage_of(key);
  read->key = key;
  read->companions_wanted = true;
  CO_TRY(Reply held, co_await ask(from, read));
  if (held.verdict != Verdict::kDone || !held.row) co_return Result<void>();  // the next round sees what has changed

  auto install = std::make_shared<Request>();
  install->operation = Operation::kInstall;
  install->family = family();
  install->stage = read->stage;
  install->key = key;
  install->witnessed = held.row->ord;
  install->row = std::move(held.row);
  install->companions = std::move(held.companions);
  if (held.companions_too_many) install->companions_at = from;
  CO_TRY(const Reply told, co_await ask(to, std::move(install)));
  // Refused: it may be stuck behind a promise that nobody fulfils.
  if (told.verdict != Verdict::kRefused) co_return Result<void>();
  CO_TRY([[maybe_unused]] const auto settled, co_await rows_.settle(key, SettleOptions{told.seen, {}}));
  co_return Result<void>();
}

Task<Result<void>> SyncedRegister::push(NodeId to, std::string key) {
  return bring(self_, to, std::move(key));
}

Task<Result<void>> SyncedRegister::pull(NodeId from, std::string key) {
  return bring(from, self_, std::move(key));
}

Task<Result<void>> SyncedRegister::hand_over(std::string key) {
  CO_TRY([[maybe_unused]] const auto settled, co_await rows_.settle(std::move(key), {}));
  co_return Result<void>();
}

}  // namespace garage::table

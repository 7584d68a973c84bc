#include "table/local_register.hpp"

#include <memory>
#include <utility>

#include "table/local_settle.hpp"
#include "table/local_write.hpp"
#include "table/stored_row.hpp"

namespace garage::table {

Task<Result<Written>> LocalRegister::write(Write write) {
  auto change = std::make_shared<LocalWrite>(schema_, std::move(write), ords_.draw(), nullptr, 0);
  CO_CHECK_OK(co_await commits_.commit(change));
  co_return change->take_written();
}

Task<Result<std::optional<Row>>> LocalRegister::read(std::string key) {
  return get_row(store_, disk_, schema_.family(), std::move(key));
}

Task<Result<Settled>> LocalRegister::settle(std::string key, SettleOptions options) {
  auto change = std::make_shared<LocalSettle>(schema_, std::move(key), options, ords_.draw(), nullptr, 0);
  CO_CHECK_OK(co_await commits_.commit(change));
  co_return change->take_settled();
}

Task<std::optional<Result<Settled>>> LocalRegister::settle_at_stage(std::string key, SettleOptions options,
                                                                    Placement& placement, uint64_t stage) {
  auto change = std::make_shared<LocalSettle>(schema_, std::move(key), options, ords_.draw(), &placement, stage);
  auto committed = co_await commits_.commit(change);
  if (committed) co_return change->take_settled();
  if (change->is_stale()) co_return std::nullopt;
  co_return std::unexpected(std::move(committed).error());
}

Task<std::optional<Result<Written>>> LocalRegister::write_at_stage(Write& write, Placement& placement, uint64_t stage) {
  auto change = std::make_shared<LocalWrite>(schema_, std::move(write), ords_.draw(), &placement, stage);
  auto committed = co_await commits_.commit(change);
  if (committed) co_return change->take_written();
  if (change->is_stale()) {
    write = change->take_write();
    co_return std::nullopt;
  }
  co_return std::unexpected(std::move(committed).error());
}

Task<std::optional<Result<std::optional<Row>>>> LocalRegister::read_at_stage(std::string key, Placement& placement,
                                                                             uint64_t stage) {
  auto row = co_await get_row(store_, disk_, schema_.family(), key);
  // After the read, not before it: a row read at a stage that is over may be behind what other replicas have
  // acknowledged.
  if (placement.stage_of(key) != stage) co_return std::nullopt;
  co_return std::move(row);
}

}  // namespace garage::table

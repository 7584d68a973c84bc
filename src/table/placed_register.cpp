#include "table/placed_register.hpp"

#include <utility>

namespace garage::table {

std::optional<uint64_t> PlacedRegister::alone_at(std::string_view key) {
  const ReplicaSets sets = placement_.sets_for(key);
  if (sets.write.size() != 1 || sets.write[0].size() != 1 || sets.write[0][0] != self_) return std::nullopt;
  return sets.stage;
}

Task<Result<Written>> PlacedRegister::write(Write write) {
  while (auto stage = alone_at(write.key)) {
    if (auto done = co_await local_.write_at_stage(write, placement_, *stage)) co_return std::move(*done);
  }
  co_return co_await quorum_.write(std::move(write));
}

Task<Result<std::optional<Row>>> PlacedRegister::read(std::string key) {
  while (auto stage = alone_at(key)) {
    if (auto done = co_await local_.read_at_stage(key, placement_, *stage)) co_return std::move(*done);
  }
  co_return co_await quorum_.read(std::move(key));
}

Task<Result<Settled>> PlacedRegister::settle(std::string key, SettleOptions options) {
  while (auto stage = alone_at(key)) {
    if (auto done = co_await local_.settle_at_stage(key, options, placement_, *stage)) co_return std::move(*done);
  }
  co_return co_await quorum_.settle(std::move(key), options);
}

}  // namespace garage::table

#include "table/placed_register.hpp"

#include <utility>

namespace garage::table {

Task<Result<Written>> PlacedRegister::write(Write write) {
  while (auto stage = placement_.stage_if_alone(self_, write.key)) {
    if (auto done = co_await local_.write_at_stage(write, placement_, *stage)) co_return std::move(*done);
  }
  co_return co_await quorum_.write(std::move(write));
}

Task<Result<std::optional<Row>>> PlacedRegister::read(std::string key) {
  while (auto stage = placement_.stage_if_alone(self_, key)) {
    if (auto done = co_await local_.read_at_stage(key, placement_, *stage)) co_return std::move(*done);
  }
  co_return co_await quorum_.read(std::move(key));
}

Task<Result<Settled>> PlacedRegister::settle(std::string key, SettleOptions options) {
  while (auto stage = placement_.stage_if_alone(self_, key)) {
    if (auto done = co_await local_.settle_at_stage(key, options, placement_, *stage)) co_return std::move(*done);
  }
  co_return co_await quorum_.settle(std::move(key), options);
}

}  // namespace garage::table

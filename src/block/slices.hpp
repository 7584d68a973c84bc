// Which data directory a new block goes to: 1024 slices of the hash space, dealt out in proportion to the capacities.
//
// Only a preference for writing: the index knows where each block really is, so a change of directories or capacities
// moves nothing.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"

namespace garage::block {

class Slices {
 public:
  static constexpr size_t kCount = 1024;
  // weights[i] is the capacity of directory i; 0 gets nothing (unless all are 0: then they share equally).
  explicit Slices(std::vector<uint64_t> weights);

  size_t directory_of(const BlockHash& hash) const;

 private:
  std::array<uint16_t, kCount> owner_{};
};

}  // namespace garage::block

#include "block/slices.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/int128.hpp"

namespace garage::block {

Slices::Slices(std::vector<uint64_t> weights) {
  ASSERT(!weights.empty(), "somewhere to write");
  if (std::ranges::all_of(weights, [](uint64_t weight) { return weight == 0; })) std::ranges::fill(weights, 1);
  Uint128 total = 0, sum = 0;
  for (uint64_t weight : weights) total += weight;
  size_t slice = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i];
    const auto until =
        static_cast<size_t>((sum * kCount + total / 2) / total);  // cumulative rounding: nobody is off by more than one
    for (; slice < until; ++slice) owner_[slice] = static_cast<uint16_t>(i);
  }
}

size_t Slices::directory_of(const BlockHash& hash) const {
  return owner_[(size_t{hash.bytes[2]} << 8 | hash.bytes[3]) % kCount];
}

}  // namespace garage::block

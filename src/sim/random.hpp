// The seeded stream that everything in the simulated world draws from: xoshiro256**, started by splitmix64, in our own
// arithmetic, so that a seed means the same life on every build.
//
// A value in spirit: copying it copies the position. Each node, disk and link draws from a stream of its own (fork), so
// that one more draw in one place does not shift all others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "runtime/random.hpp"

namespace garage::sim {

class SimRandom final : public runtime::Random {
 public:
  explicit SimRandom(uint64_t seed);

  void fill(std::span<unsigned char> out) override;
  uint64_t next();
  // An independent stream.
  SimRandom fork() { return SimRandom(next()); }

  bool chance(double probability);                        // false at 0, true at 1
  uint64_t between(uint64_t lowest, uint64_t highest);    // both included
  Duration between(Duration shortest, Duration longest);  // both included
  // Around `mean`, exponentially distributed in steps, at most 8 times the mean: the wait until the next accident.
  Duration around(Duration mean);

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  template <class T>
  void shuffle(std::vector<T>& all) {
    for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[below(i)]);
  }

 private:
  uint64_t state_[4];
};

}  // namespace garage::sim

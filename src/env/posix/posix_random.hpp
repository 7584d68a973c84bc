// The kernel's generator. Small draws (tags, identities, back-off) come from a buffer of its output that each thread
// keeps; every byte is handed out once and then wiped.
#pragma once

#include "runtime/random.hpp"

namespace garage::env::posix {

class PosixRandom final : public runtime::Random {
 public:
  void fill(std::span<unsigned char> out) override;
};

}  // namespace garage::env::posix

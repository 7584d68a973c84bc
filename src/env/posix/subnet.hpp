// A network as people write it: "10.0.0.0/8", "fd00::/8".
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace garage::env::posix {

class Subnet {
 public:
  // kInvalid unless all of the text is a network. Bits behind the prefix are cleared.
  static Result<Subnet> parse(std::string_view text);
  // An address without a port. False for the other family.
  bool contains(std::string_view ip) const;
  // Were there bits behind the prefix?
  bool had_host_bits() const { return had_host_bits_; }
  std::string text() const;

 private:
  int family_ = 0;
  std::array<unsigned char, 16> bytes_{};
  unsigned prefix_ = 0;  // bits
  bool had_host_bits_ = false;
};

}  // namespace garage::env::posix

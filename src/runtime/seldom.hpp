// Log lines that others can cause as often as they like: about each thing one is written in a while, and it says how
// many were left out meanwhile.
//
//   if (const auto others = refusals_.due(host)) LOG_WARN("net", "refused {}{}", host, *others);
//
// Threads: one loop, whose time counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "runtime/loop.hpp"

namespace garage::runtime {

class Seldom {
 public:
  // Remembers `keys_max` things at most; a line about yet another one is left out.
  explicit Seldom(Duration interval = 60s, size_t keys_max = 256) : interval_(interval), keys_max_(keys_max) {}

  // Nothing: leave this line out. Else it is due, and ends in what is given.
  std::optional<std::string> due(const std::string& key = {}) {
    const MonotonicTime now = Loop::current()->now();
    if (last_.size() >= keys_max_) std::erase_if(last_, [&](const auto& one) { return one.second + interval_ <= now; });
    const auto at = last_.find(key);
    const bool lately = at != last_.end() ? now < at->second + interval_ : last_.size() >= keys_max_;
    if (lately) {
      ++left_out_;
      return std::nullopt;
    }
    last_.insert_or_assign(key, now);
    if (const uint64_t others = std::exchange(left_out_, 0); others > 0)
      return " (" + std::to_string(others) + " more of this kind were not written down)";
    return std::string();
  }

 private:
  const Duration interval_;
  const size_t keys_max_;
  std::map<std::string, MonotonicTime> last_;
  uint64_t left_out_ = 0;
};

}  // namespace garage::runtime

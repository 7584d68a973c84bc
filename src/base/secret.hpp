// A value that must not be printed: it has no formatter and no stream operator, compares in constant time, and is wiped
// when it dies.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace garage {

// Equal contents? The time taken depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret();

  // The bytes themselves, for the computation that needs them; do not store or print them.
  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const Secret& a, const Secret& b) { return equal_constant_time(a.value_, b.value_); }

 private:
  std::string value_;
};

}  // namespace garage

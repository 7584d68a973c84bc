// Is there an order of these operations on one register that explains every answer, and that keeps apart what did not
// overlap in time?
//
// The search of Wing and Gong: take any operation that nobody finished before it began, apply it if its answer fits the
// value, go on with the rest; states already seen with the same operations taken are not searched again. Operations
// with an unknown outcome may take effect at any time after they began, or never.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace garage::sim {

enum class RegisterOperation : unsigned char { kPut, kDelete, kGet, kCreate, kReplaceIf, kDeleteIf };

enum class Outcome : unsigned char {
  kPending,  // not answered yet; for the checker the same as kUnknown
  kOk,
  kConditionFalse,  // and nothing was applied
  kNotApplied,      // an error that promises that nothing was or will be applied
  kUnknown,         // an error that promises nothing
};

// Values are numbers; 0 is "nothing there".
struct HistoryEntry {
  RegisterOperation operation = RegisterOperation::kGet;
  uint64_t value = 0;     // what it writes; 0 where it deletes
  uint64_t expected = 0;  // kReplaceIf, kDeleteIf: the value it wants to find
  uint64_t found = 0;     // kGet: the answer
  Outcome outcome = Outcome::kPending;
  Duration began{0};
  Duration ended{0};
};
std::string to_string(const HistoryEntry& entry);

enum class Linearizable : unsigned char {
  kYes,
  kNo,
  kUndecided,  // too many states, or more than kHistoryEntriesMax entries that count
};
inline constexpr size_t kHistoryEntriesMax = 256;

// The register is empty at first.
Linearizable check_linearizable(const std::vector<HistoryEntry>& history, uint64_t steps_max = 3'000'000);

}  // namespace garage::sim

// What nodes ask each other about rows, by the names that the peer link carries.
#pragma once

#include <string_view>

namespace garage::table {

inline constexpr std::string_view kCallOperation = "table/call";            // requests to replicas, several in one
inline constexpr std::string_view kCompanionOperation = "table/companion";  // what lies beside a row
inline constexpr std::string_view kPresenceOperation = "table/presence";    // which rows a peer has, whole
inline constexpr std::string_view kRangeOperation = "table/range";          // rows in key order, of several shards
inline constexpr std::string_view kDigestOperation = "table/digest";        // what a peer holds of a partition

// A message of this size is well below what a link carries at once.
inline constexpr size_t kTableMessageBytesMax = 12u << 20;

}  // namespace garage::table

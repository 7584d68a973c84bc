// What this program calls itself.
#pragma once

#include <string_view>

namespace garage::admin {

inline constexpr std::string_view kVersion = "0.1.0";
// Beside the version in `garage --version`, sorted.
inline constexpr std::string_view kFeatures = "rocksdb, zstd";

}  // namespace garage::admin

#include "kv/rocksdb/disk_room.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

#include "env/headroom.hpp"

namespace garage::kv {
namespace {

constexpr std::chrono::seconds kLookInterval{1};

std::optional<env::Space> space_of(const std::string& directory) {
  std::error_code failed;
  const auto space = std::filesystem::space(directory, failed);
  if (failed) return std::nullopt;
  return env::Space{.total_bytes = space.capacity, .available_bytes = space.available};
}

}  // namespace

bool DiskRoom::is_short(const std::function<uint64_t()>& unwritten) {
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  if (now < look_again_) return short_;
  const auto space = space_of(directory_);
  short_ = space && space->available_bytes < env::headroom_bytes(*space) + unwritten();
  const bool nearly_full = space && space->available_bytes < env::kNearlyFullBytes;
  look_again_ = nearly_full ? now : now + kLookInterval;
  return short_;
}

bool has_room_for_what_gives_back(const std::string& directory, uint64_t unwritten) {
  const auto space = space_of(directory);
  return !space || space->available_bytes >= env::headroom_bytes(*space) / 2 + unwritten;
}

bool has_room(const std::string& directory, uint64_t bytes) {
  const auto space = space_of(directory);
  return !space || space->available_bytes >= bytes;
}

}  // namespace garage::kv

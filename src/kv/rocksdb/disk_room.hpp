// Room on the disk of the database, beside what is kept for deleting (env/headroom.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace garage::kv {

class DiskRoom {
 public:
  explicit DiskRoom(std::string directory) : directory_(std::move(directory)) {}

  // May less be written than is kept free, once RocksDB has written out the `unwritten` bytes that it holds in memory?
  // Looks once a second; each time where little is left. Threads: any.
  bool is_short(const std::function<uint64_t()>& unwritten);

 private:
  const std::string directory_;
  std::mutex mutex_;  // guards what follows
  std::chrono::steady_clock::time_point look_again_;
  bool short_ = false;
};

// Compactions may use half of what is kept, for they give room back, and so may settling, which deleting needs.
bool has_room_for_what_gives_back(const std::string& directory, uint64_t unwritten = 0);
// True where it cannot be told: the write will.
bool has_room(const std::string& directory, uint64_t bytes);

}  // namespace garage::kv

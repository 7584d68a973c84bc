// Who changes a row that several of this process change at a time waits for those who came before: a round is refused
// while another one is under way, and of ten at a time that all begin anew some would give up.
//
// Ownership: outlives its turns. Threads: any loop.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "runtime/future.hpp"
#include "runtime/task.hpp"

namespace garage::table {

class RowTurns {
 public:
  static constexpr size_t kWaitingMax = 100;
  // Whose turn comes later than this has nobody any more who waits for it.
  static constexpr Duration kPatience = 30s;

  // Ours to change until this is destroyed.
  class Turn {
   public:
    Turn(RowTurns& turns, std::string key) : turns_(&turns), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->leave(key_);
    }

   private:
    RowTurns* turns_;
    std::string key_;
  };

  // kOverloaded: too many wait already, or it took longer than kPatience.
  Task<Result<Turn>> take(std::string key);

 private:
  void leave(const std::string& key);

  std::mutex mutex_;
  std::map<std::string, std::deque<runtime::Promise<bool>>> waiting_;  // an entry: somebody has his turn
};

}  // namespace garage::table

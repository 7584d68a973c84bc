// What goes on in the background of a node, as people and metrics see it: each duty says what it is doing, how much
// waits, and what went wrong last.
//
//   WorkerNotes notes;                                      a member of the duty, which tells it what it does
//   workers.add("Block resync worker", [&] { return notes.status(); });
//
// Ownership: what is looked at outlives the last list(). Threads: any, but for add(), which comes before all others.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace garage::runtime {

enum class WorkerState : unsigned char { kIdle, kBusy, kThrottled, kDone };

struct WorkerStatus {
  struct Trouble {
    std::string message;
    MonotonicTime at;
  };
  WorkerState state = WorkerState::kIdle;
  Duration throttled{0};  // kThrottled: how long it rests
  uint64_t errors = 0, consecutive_errors = 0;
  std::optional<Trouble> last_error = {};
  std::optional<std::string> progress = {};
  std::optional<uint64_t> queue_length = {};
  std::optional<uint64_t> persistent_errors = {};  // things that fail again and again
  std::optional<uint32_t> tranquility = {};
  std::vector<std::string> notes = {};
};

// Kept by a duty while it works.
class WorkerNotes {
 public:
  void busy();
  // A step is done; what comes next is a rest.
  void idle();
  void throttled(Duration rest);
  void done();
  // A step failed; the duty goes on. `now` as of the loops.
  void failed(std::string message, MonotonicTime now);
  // What a round came to: idle() or failed(), but nothing where it ended because the node stops (kClosed). Is there a
  // failure to be told, then?
  template <typename T>
  bool ended(const Result<T>& round, MonotonicTime now) {
    if (round) {
      idle();
      return false;
    }
    if (round.error().kind == ErrorKind::kClosed) return false;
    failed(round.error().message, now);
    return true;
  }
  void progress(std::optional<std::string> text);
  WorkerStatus status() const;

 private:
  mutable std::mutex mutex_;
  WorkerStatus status_;  // guarded by mutex_
};

class Workers {
 public:
  using Look = std::function<WorkerStatus()>;
  struct Worker {
    uint64_t id = 0;
    std::string name;
    WorkerStatus status;
  };
  // Something that can be looked at, and perhaps changed, while the node runs. A value that makes no sense is kInvalid.
  struct Variable {
    std::string name;
    std::function<std::string()> get;
    std::function<Result<void>(std::string_view value)> set;  // empty: read-only
  };

  void add(std::string name, Look look) { workers_.emplace_back(std::move(name), std::move(look)); }
  void add_variable(Variable variable) { variables_.push_back(std::move(variable)); }

  std::vector<Worker> list() const;
  std::optional<Worker> find(uint64_t id) const;
  const std::vector<Variable>& variables() const { return variables_; }  // in the order added
  const Variable* variable(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, Look>> workers_;  // ids count from 1
  std::vector<Variable> variables_;
};

}  // namespace garage::runtime

#include "runtime/worker.hpp"

#include <algorithm>

namespace garage::runtime {

void WorkerNotes::busy() {
  std::lock_guard lock(mutex_);
  status_.state = WorkerState::kBusy;
}

void WorkerNotes::idle() {
  std::lock_guard lock(mutex_);
  status_.state = WorkerState::kIdle;
  status_.consecutive_errors = 0;
}

void WorkerNotes::throttled(Duration rest) {
  std::lock_guard lock(mutex_);
  status_.state = WorkerState::kThrottled;
  status_.throttled = rest;
}

void WorkerNotes::done() {
  std::lock_guard lock(mutex_);
  status_.state = WorkerState::kDone;
  status_.consecutive_errors = 0;
}

void WorkerNotes::failed(std::string message, MonotonicTime now) {
  std::lock_guard lock(mutex_);
  status_.state = WorkerState::kIdle;
  ++status_.errors;
  ++status_.consecutive_errors;
  status_.last_error = {std::move(message), now};
}

void WorkerNotes::progress(std::optional<std::string> text) {
  std::lock_guard lock(mutex_);
  status_.progress = std::move(text);
}

WorkerStatus WorkerNotes::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::vector<Workers::Worker> Workers::list() const {
  std::vector<Worker> out;
  for (const auto& [name, look] : workers_) out.push_back({out.size() + 1, name, look()});
  return out;
}

std::optional<Workers::Worker> Workers::find(uint64_t id) const {
  if (id == 0 || id > workers_.size()) return std::nullopt;
  const auto& [name, look] = workers_[static_cast<size_t>(id - 1)];
  return Worker{id, name, look()};
}

const Workers::Variable* Workers::variable(std::string_view name) const {
  const auto it = std::ranges::find(variables_, name, &Variable::name);
  return it == variables_.end() ? nullptr : &*it;
}

}  // namespace garage::runtime

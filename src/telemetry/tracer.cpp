#include "telemetry/tracer.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace garage::telemetry {

bool Tracer::wants_new_trace() {
  if (options_.sampling_ratio < 1) {
    if (static_cast<double>(world_.random() >> 11) * 0x1p-53 >= options_.sampling_ratio) return false;
  }
  return has_room();
}

bool Tracer::wants_asked_trace() {
  if (options_.sampling_ratio < 1 && !one_more_asked()) return wants_new_trace();
  return has_room();
}

bool Tracer::has_room() {
  if (!jammed_.load(std::memory_order_relaxed)) return true;
  dropped_.add();
  return false;
}

bool Tracer::one_more_asked() {
  const uint64_t second = unix_ns() / 1'000'000'000;
  std::lock_guard lock(mutex_);
  if (std::exchange(asked_second_, second) != second) asked_in_second_ = 0;
  if (asked_in_second_ == options_.asked_traces_per_second_max) return false;
  ++asked_in_second_;
  return true;
}

std::array<unsigned char, 16> Tracer::new_trace_id() const {
  const std::array<uint64_t, 2> halves{new_span_id(), new_span_id()};
  std::array<unsigned char, 16> id;
  std::memcpy(id.data(), halves.data(), id.size());
  return id;
}

uint64_t Tracer::new_span_id() const {
  return std::max<uint64_t>(world_.random(), 1);
}

void Tracer::finish(FinishedSpan span) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < options_.spans_max) {
      queue_.push_back(std::move(span));
      return;
    }
  }
  jammed_.store(true, std::memory_order_relaxed);
  dropped_.add();
}

std::vector<FinishedSpan> Tracer::take(size_t spans_max) {
  std::lock_guard lock(mutex_);
  if (queue_.size() < spans_max + options_.spans_max / 2) jammed_.store(false, std::memory_order_relaxed);
  if (queue_.size() <= spans_max) return std::exchange(queue_, {});
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(spans_max);
  std::vector<FinishedSpan> out(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return out;
}

}  // namespace garage::telemetry

// Log lines on standard error: for people, or one JSON object a line for machines.
//
//   2026-08-01T12:34:56.123456Z  INFO garage_table: text
//   {"timestamp":"2026-08-01T12:34:56.123456Z","level":"INFO","message":"text","target":"garage_table"}
//
// Lines of several threads do not mix. A long one, or one of many that waited, may be cut between two writes of up to
// 4 KiB each: where other processes write into the same pipe, what they write may come between. Control characters are
// escaped: nobody forges a line or drives the terminal by putting them into a key's name.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/log.hpp"
#include "env/posix/log_filter.hpp"

namespace garage::env::posix {

enum class LogFormat : unsigned char { kPlain, kColoured, kJson };

struct LogOptions {
  LogFilter filter;
  LogFormat format = LogFormat::kPlain;
  int fd = 2;
  // A thread of the sink writes: lines of INFO and below ten times a second, a louder one at once with all that wait.
  // So nobody who logs waits for whoever reads; while that one does not, lines are kept up to `waiting_bytes_max`, and
  // the number of those lost beyond it is said afterwards. What a crash can lose are the lines of its last moment.
  bool gathered = false;
  size_t waiting_bytes_max = 1u << 20;
};

// RUST_LOG (`filter_default` where that has no rule), GARAGE_LOG_FORMAT=json, NO_COLOR; colours only on a terminal.
LogOptions log_options_from_environment(std::string_view filter_default);

// Threads: any.
class LogSink final : public log::Sink {
 public:
  explicit LogSink(LogOptions options);
  ~LogSink() override { finish(); }
  // Writes what waits, but waits for nobody to read it for longer than a second. What comes afterwards is lost. On one
  // thread, before the process ends without destroying anything.
  void finish();

  bool wants(log::Level level, std::string_view component) override { return options_.filter.wants(level, component); }
  void write(log::Level level, std::string_view component, std::string_view message) override;

 private:
  void write_from_time_to_time();
  // All of it, unless the sink is stopping and nobody reads.
  void write_out(std::string_view text);

  LogOptions options_;
  std::mutex mutex_;
  std::string waiting_;  // guarded by mutex_, as the next two
  uint64_t lost_lines_ = 0;
  bool has_loud_ = false;
  std::atomic<bool> stopping_ = false;
  std::condition_variable wake_;
  std::thread writer_;
};

// What write() writes, with its newline; the time is in microseconds since 1970. `trace_id`: of the span that writes
// it.
std::string format_log_line(LogFormat format, uint64_t unix_us, log::Level level, std::string_view component,
                            std::string_view message, std::string_view trace_id = {});

}  // namespace garage::env::posix

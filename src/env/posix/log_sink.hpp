// Log lines on standard error: for people, or one JSON object a line for machines.
//
//   2026-08-01T12:34:56.123456Z  INFO garage_table: text
//   {"timestamp":"2026-08-01T12:34:56.123456Z","level":"INFO","message":"text","target":"garage_table"}
//
// Each line is one write, so lines of several threads do not mix. Control characters are escaped: nobody forges a line
// or drives the terminal by putting them into a key's name. A line that cannot be written is lost.
#pragma once

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
  // Lines of INFO and below are gathered and written ten times a second, by a thread of the sink; a louder line takes
  // with it all that wait, so the order stays. What a crash can lose are such lines of its last moment.
  bool gathered = false;
};

// RUST_LOG (or `filter_default` where that is not set), GARAGE_LOG_FORMAT=json, NO_COLOR; colours only on a terminal.
LogOptions log_options_from_environment(std::string_view filter_default);

// Threads: any.
class LogSink final : public log::Sink {
 public:
  explicit LogSink(LogOptions options);
  ~LogSink() override;  // writes what waits

  bool wants(log::Level level, std::string_view component) override { return options_.filter.wants(level, component); }
  void write(log::Level level, std::string_view component, std::string_view message) override;

 private:
  void write_out();  // with mutex_ held
  void write_from_time_to_time();

  LogOptions options_;
  std::mutex mutex_;
  std::string waiting_;  // guarded by mutex_
  bool stopping_ = false;
  std::condition_variable stop_;
  std::thread writer_;
};

// What write() writes, with its newline; the time is in microseconds since 1970. `trace_id`: of the span that writes
// it.
std::string format_log_line(LogFormat format, uint64_t unix_us, log::Level level, std::string_view component,
                            std::string_view message, std::string_view trace_id = {});

}  // namespace garage::env::posix

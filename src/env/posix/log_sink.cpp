#include "env/posix/log_sink.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>
#include <utility>

#include "codec/utf8.hpp"
#include "env/posix/process.hpp"
#include "telemetry/traceparent.hpp"

namespace garage::env::posix {
namespace {

using log::Level;

constexpr size_t kMessageBytesMax = 16u << 10;
constexpr size_t kGatheredBytesMax = 64u << 10;
// What a pipe that can be written to takes for sure (pipe(7)).
constexpr size_t kWriteBytesMax = PIPE_BUF;
constexpr std::chrono::milliseconds kWriteEvery{100}, kLookEvery{100}, kPatienceAtEnd{1000};

struct LevelLook {
  std::string_view name;
  std::string_view colour;
};
constexpr std::array kLooks{LevelLook{"ERROR", "\x1b[31m"}, LevelLook{"WARN", "\x1b[33m"},
                            LevelLook{"INFO", "\x1b[32m"}, LevelLook{"DEBUG", "\x1b[34m"},
                            LevelLook{"TRACE", "\x1b[35m"}};
constexpr std::string_view kPlainAgain = "\x1b[0m";

uint64_t unix_us_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

std::string timestamp(uint64_t unix_us) {
  const auto seconds = static_cast<time_t>(unix_us / 1'000'000);
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, unix_us % 1'000'000);
}

bool is_harmless(char c, bool json) {
  return c >= 0x20 && c < 0x7F && !(json && (c == '"' || c == '\\'));
}

// Harmless in a terminal and, with `json`, inside a JSON string.
std::string escaped(std::string_view text, bool json) {
  if (std::all_of(text.begin(), text.end(), [json](char c) { return is_harmless(c, json); })) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = codec::utf8_sequence_bytes(text);
    const auto first = static_cast<unsigned char>(text[0]);
    // C1 control characters (U+0080 to U+009F) drive terminals too.
    const bool c1_control = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || c1_control) {
      out += "\xEF\xBF\xBD";
    } else if (json && (first == '"' || first == '\\')) {
      out += {'\\', text[0]};
    } else if (first < 0x20 || first == 0x7F) {
      out += fmt::format("\\u{:04x}", first);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

}  // namespace

LogOptions log_options_from_environment(std::string_view filter_default) {
  LogOptions options;
  options.filter = LogFilter::parse(environment("RUST_LOG").value_or(""), filter_default);
  if (::strcasecmp(environment("GARAGE_LOG_FORMAT").value_or("").c_str(), "json") == 0) {
    options.format = LogFormat::kJson;
  } else if (!environment("NO_COLOR") && ::isatty(options.fd) == 1) {
    options.format = LogFormat::kColoured;
  }
  return options;
}

std::string format_log_line(LogFormat format, uint64_t unix_us, Level level, std::string_view component,
                            std::string_view message, std::string_view trace_id) {
  const LevelLook& look = kLooks[static_cast<size_t>(level)];
  const std::string when = timestamp(unix_us);
  const std::string target = "garage_" + escaped(component, true);
  std::string text = escaped(message.substr(0, kMessageBytesMax), format == LogFormat::kJson);
  if (message.size() > kMessageBytesMax) text += "...";
  const bool json = format == LogFormat::kJson;
  std::string trace(trace_id);
  if (!trace.empty())
    trace = json ? fmt::format(",\"trace_id\":\"{}\"", trace_id) : fmt::format(" trace_id={}", trace_id);
  switch (format) {
    case LogFormat::kJson:
      return fmt::format("{{\"timestamp\":\"{}\",\"level\":\"{}\",\"message\":\"{}\",\"target\":\"{}\"{}}}\n", when,
                         look.name, text, target, trace);
    case LogFormat::kColoured:
      return fmt::format("{} {}{:>5}{} {}: {}{}\n", when, look.colour, look.name, kPlainAgain, target, text, trace);
    case LogFormat::kPlain:
      break;
  }
  return fmt::format("{} {:>5} {}: {}{}\n", when, look.name, target, text, trace);
}

LogSink::LogSink(LogOptions options) : options_(std::move(options)) {
  if (options_.gathered) writer_ = std::thread([this] { write_from_time_to_time(); });
}

void LogSink::finish() {
  if (!writer_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  writer_.join();
}

void LogSink::write(Level level, std::string_view component, std::string_view message) {
  const std::string line =
      format_log_line(options_.format, unix_us_now(), level, component, message, telemetry::current_trace_id());
  std::lock_guard lock(mutex_);
  if (!options_.gathered) return write_out(line);
  if (waiting_.size() + line.size() > options_.waiting_bytes_max) {
    ++lost_lines_;
    return;
  }
  waiting_ += line;
  if (level > Level::kWarn && waiting_.size() < kGatheredBytesMax) return;
  has_loud_ = true;
  wake_.notify_all();
}

void LogSink::write_from_time_to_time() {
  std::unique_lock lock(mutex_);
  for (bool last = false; !last;) {
    wake_.wait_for(lock, kWriteEvery, [this] { return has_loud_ || stopping_; });
    last = stopping_;
    const std::string text = std::exchange(waiting_, {});
    const uint64_t lost = std::exchange(lost_lines_, 0);
    has_loud_ = false;
    lock.unlock();
    write_out(text);
    if (lost > 0) {
      write_out(format_log_line(options_.format, unix_us_now(), Level::kWarn, "log",
                                fmt::format("{} lines were lost, because nobody read the log", lost)));
    }
    lock.lock();
  }
}

void LogSink::write_out(std::string_view text) {
  pollfd ready{.fd = options_.fd, .events = POLLOUT, .revents = 0};
  int looks_left = static_cast<int>(kPatienceAtEnd / kLookEvery);
  while (!text.empty()) {
    // Waits here rather than in write(), so that a sink that is to stop does.
    const int writable = ::poll(&ready, 1, static_cast<int>(kLookEvery.count()));
    if (writable == 0 && stopping_ && --looks_left <= 0) return;
    if (writable <= 0) continue;
    const ssize_t written = ::write(options_.fd, text.data(), std::min<size_t>(text.size(), kWriteBytesMax));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace garage::env::posix

// The log facade. LOG_INFO("table", "text {}", value): a component, then fmt text, built only when the line is wanted.
//
// Threads: any. The sink is installed once by the program before other threads start (tests and the simulator install
// their own); without one, warnings and errors go to standard error. Secrets never enter a log line (types holding them
// have no formatter).
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace garage::log {

enum class Level : unsigned char { kError, kWarn, kInfo, kDebug, kTrace };

class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool wants(Level level, std::string_view component) = 0;
  virtual void write(Level level, std::string_view component, std::string_view message) = 0;
};

// Borrowed; must outlive every log call. nullptr restores the default sink.
void install_sink(Sink* sink);
bool wants(Level level, std::string_view component);
void write(Level level, std::string_view component, std::string_view message);

}  // namespace garage::log

#define GARAGE_LOG(level, component, ...)                                                                         \
  do {                                                                                                            \
    if (::garage::log::wants(level, component)) ::garage::log::write(level, component, fmt::format(__VA_ARGS__)); \
  } while (false)
#define LOG_ERROR(component, ...) GARAGE_LOG(::garage::log::Level::kError, component, __VA_ARGS__)
#define LOG_WARN(component, ...) GARAGE_LOG(::garage::log::Level::kWarn, component, __VA_ARGS__)
#define LOG_INFO(component, ...) GARAGE_LOG(::garage::log::Level::kInfo, component, __VA_ARGS__)
#define LOG_DEBUG(component, ...) GARAGE_LOG(::garage::log::Level::kDebug, component, __VA_ARGS__)
#define LOG_TRACE(component, ...) GARAGE_LOG(::garage::log::Level::kTrace, component, __VA_ARGS__)

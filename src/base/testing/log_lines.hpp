// What is logged while it lives, for tests that look at it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"

namespace garage::testing {

class LogLines : public log::Sink {
 public:
  explicit LogLines(log::Level least_grave = log::Level::kWarn) : least_grave_(least_grave) { log::install_sink(this); }
  ~LogLines() override { log::install_sink(nullptr); }
  LogLines(const LogLines&) = delete;
  bool wants(log::Level level, std::string_view) override { return level <= least_grave_; }
  void write(log::Level, std::string_view, std::string_view message) override { all.emplace_back(message); }

  std::vector<std::string> all;

 private:
  const log::Level least_grave_;
};

}  // namespace garage::testing

// The text of /metrics for however many ask: it costs something to look at all a node counts, and anybody who reaches
// the port may ask.
//
// A look begins at most once a second. Who asks earlier waits for the next one, together with all others who came since
// the last one began, so that every answer is of after the question.
//
// Ownership: the admin API's. Threads: its loop. Lives until everybody has an answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "runtime/signal.hpp"
#include "runtime/task.hpp"

namespace garage::admin_http {

class MetricsPage {
 public:
  static constexpr Duration kPause = std::chrono::seconds(1);

  explicit MetricsPage(std::function<Task<std::string>()> look) : look_(std::move(look)) {}

  bool exists() const { return static_cast<bool>(look_); }
  Task<std::string> ask();

 private:
  struct Round {
    bool done = false;
    std::string text;
  };
  Task<void> lead(std::shared_ptr<Round> round);

  const std::function<Task<std::string>()> look_;
  std::shared_ptr<Round> next_;  // that those who ask now wait for; null: nobody does
  bool looking_ = false;
  MonotonicTime not_before_{};
  runtime::Signal answered_;
};

}  // namespace garage::admin_http

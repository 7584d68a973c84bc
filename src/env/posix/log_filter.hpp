// Which log lines are wanted: the text of RUST_LOG, "garage=debug,garage_rpc=info", or a bare level.
//
// A component "table" goes by the name "garage_table" too; a rule counts for every component whose name begins with it,
// the most specific rule wins, and what no rule names is off. A value; its answers don't change.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"

namespace garage::env::posix {

class LogFilter {
 public:
  // Rules that cannot be read are left out and named by rejected(), so that somebody can say so. Where none is left,
  // those of `otherwise` count: a slip of the pen must not silence errors.
  static LogFilter parse(std::string_view text, std::string_view otherwise = {});

  bool wants(log::Level level, std::string_view component) const;
  const std::vector<std::string>& rejected() const { return rejected_; }

 private:
  struct Rule {
    std::string prefix;               // of the component, without "garage_"
    size_t weight = 0;                // how specific it is
    std::optional<log::Level> level;  // nothing: off
  };
  static std::optional<Rule> parse_rule(std::string_view text);
  void add_rules(std::string_view text);

  std::vector<Rule> rules_;  // in the order written
  std::optional<log::Level> loudest_;
  std::vector<std::string> rejected_;
};

}  // namespace garage::env::posix

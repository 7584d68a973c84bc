// A daemon for tests of commands: answers from a script, and remembers what it was asked.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/daemon_link.hpp"

namespace garage::cli::testing {

class FakeLink : public DaemonLink {
 public:
  // The next call must be `operation`; it answers `json`.
  void expect(std::string operation, std::string_view json) {
    script_.push_back({std::move(operation), codec::parse_json(json).value(), {}});
  }
  // All of a list of the admin API, which is asked page by page until one brings nothing new.
  void expect_list(const std::string& operation, std::string_view json) {
    expect(operation, json);
    if (json != "[]") expect(operation, "[]");
  }
  void refuse(std::string operation, CallError error) {
    script_.push_back({std::move(operation), Json(), std::move(error)});
  }

  std::expected<Json, CallError> call(std::string_view operation, const Json& request) override {
    asked.push_back(std::string(operation) + " " + codec::to_json(request));
    if (script_.empty() || script_.front().operation != operation) {
      ADD_FAILURE() << "not expected: " << asked.back();
      return std::unexpected(CallError{"Unexpected", 500, "not in the script"});
    }
    Step step = std::move(script_.front());
    script_.pop_front();
    if (!step.error.message.empty()) return std::unexpected(std::move(step.error));
    return std::move(step.answer);
  }
  ~FakeLink() override { EXPECT_TRUE(script_.empty()) << script_.front().operation << " was not asked"; }

  std::vector<std::string> asked;

 private:
  struct Step {
    std::string operation;
    Json answer;
    CallError error;
  };
  std::deque<Step> script_;
};

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    session.link = &link;
    session.now_ms = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
    session.utc_offset_minutes = [](uint64_t) { return 120; };
  }
  // The output, or "Error: ..."; both where there is both.
  std::string run(Result<void> (*command)(Session&)) {
    session.out.clear();
    auto done = command(session);
    return done ? session.out : session.out + "Error: " + done.error().message;
  }
  void give(std::string_view name, std::string value = "") { session.arguments.add(name, std::move(value)); }

  FakeLink link;
  Session session;
};

}  // namespace garage::cli::testing

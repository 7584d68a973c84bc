#include "admin_http/metrics_page.hpp"

#include <gtest/gtest.h>

#include "runtime/future.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::admin_http {
namespace {

struct Asked {
  runtime::ManualLoop loop;
  int looks = 0;
  runtime::Signal go_on;
  bool held = false;
  MetricsPage page{[this]() -> Task<std::string> { return look(); }};
  std::vector<std::string> answers;
  runtime::TaskGroup group;

  Task<std::string> look() {
    const int number = ++looks;
    while (held) co_await go_on.wait();
    co_return std::to_string(number);
  }
  static Task<void> keep(Asked& self) { self.answers.push_back(co_await self.page.ask()); }
  void ask(int times = 1) {
    runtime::Loop::Scope scope(&loop);
    for (int i = 0; i < times; ++i) group.spawn(keep(*this));
    loop.run();
  }
  void release() {
    runtime::Loop::Scope scope(&loop);
    held = false;
    go_on.notify_all();
    loop.run();
  }
};

TEST(MetricsPage, ManyWhoAskWithinASecondShareTheNextLook) {
  Asked asked;
  asked.ask();
  EXPECT_EQ(asked.answers, (std::vector<std::string>{"1"})) << "the first one does not wait";
  asked.ask(100);
  EXPECT_EQ(asked.answers.size(), 1u) << "the look was before they asked";
  asked.loop.advance(MetricsPage::kPause - 1ms);
  EXPECT_EQ(asked.answers.size(), 1u);
  asked.loop.advance(1ms);
  EXPECT_EQ(asked.answers.size(), 101u);
  EXPECT_EQ(asked.looks, 2);
  asked.loop.advance(MetricsPage::kPause);
  asked.ask();
  EXPECT_EQ(asked.answers.back(), "3");
}

TEST(MetricsPage, WhoAsksDuringALookWaitsForTheNextOne) {
  Asked asked;
  asked.held = true;
  asked.ask();
  asked.loop.advance(10 * MetricsPage::kPause);
  asked.ask(2);
  EXPECT_EQ(asked.looks, 1) << "one at a time";
  asked.release();
  asked.loop.run();
  EXPECT_EQ(asked.answers, (std::vector<std::string>{"1", "2", "2"}));
}

}  // namespace
}  // namespace garage::admin_http

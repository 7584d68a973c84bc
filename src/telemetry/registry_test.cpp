#include "telemetry/registry.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace garage::telemetry {
namespace {

TEST(Registry, RendersSortedWithHelpAndType) {
  Registry registry;
  registry.counter("b_counter", "Second", {{"z", "1"}, {"a", "2"}}).add(3);
  registry.counter("b_counter", "Second", {{"a", "1"}, {"z", "1"}}).add();
  registry.observe("a_gauge", Kind::kGauge, "First\nline", [](Observer& out) { out.set({}, 1.5); });
  EXPECT_EQ(registry.render(),
            "# HELP a_gauge First\\nline\n# TYPE a_gauge gauge\na_gauge 1.5\n"
            "# HELP b_counter Second\n# TYPE b_counter counter\n"
            "b_counter{a=\"1\",z=\"1\"} 1\nb_counter{a=\"2\",z=\"1\"} 3\n");
}

TEST(Registry, EscapesLabelValues) {
  Registry registry;
  registry.counter("c", "h", {{"l", "a\"b\\c\nd"}});
  EXPECT_NE(registry.render().find("c{l=\"a\\\"b\\\\c\\nd\"} 0\n"), std::string::npos);
}

TEST(Registry, TheSameLabelsInAnyOrderAreOneSeries) {
  Registry registry;
  EXPECT_EQ(&registry.counter("c", "h", {{"a", "1"}, {"b", "2"}}),
            &registry.counter("c", "h", {{"b", "2"}, {"a", "1"}}));
}

TEST(Registry, HistogramsCumulateAndABoundBelongsToItsBucket) {
  Registry registry;
  auto& took = registry.histogram("d", "h", {{"e", "x"}});
  took.record(1ms);  // the first bound itself
  took.record(1ms + 1ns);
  took.record(200s);  // above the last one
  took.record(-5ns);  // a clock that went back
  const std::string text = registry.render();
  EXPECT_NE(text.find("d_bucket{e=\"x\",le=\"0.001\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("d_bucket{e=\"x\",le=\"0.0015\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("d_bucket{e=\"x\",le=\"100\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("d_bucket{e=\"x\",le=\"+Inf\"} 4\n"), std::string::npos);
  EXPECT_NE(text.find("d_count{e=\"x\"} 4\n"), std::string::npos);
  EXPECT_NE(text.find("d_sum{e=\"x\"} 200.002000001\n"), std::string::npos) << text;
}

TEST(Registry, CountersOfManyThreadsAddUp) {
  Registry registry;
  auto& counter = registry.counter("c", "h");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) counter.add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 4000u);
}

TEST(Registry, TooManyLabelSetsAreCountedTogether) {
  Registry registry;
  for (size_t i = 0; i < Registry::kSeriesMax + 10; ++i) registry.counter("c", "h", {{"l", std::to_string(i)}}).add();
  EXPECT_NE(registry.render().find("c{l=\"other\"} 10\n"), std::string::npos);
}

TEST(Registry, ForgottenObserversAreNotAsked) {
  Registry registry;
  registry.observe("g", Kind::kGauge, "h", [](Observer&) { FAIL(); });
  registry.forget_observers();
  EXPECT_EQ(registry.render(), "");
}

}  // namespace
}  // namespace garage::telemetry

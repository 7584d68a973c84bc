#include "telemetry/span.hpp"

#include <gtest/gtest.h>

#include "telemetry/traceparent.hpp"

namespace garage::telemetry {
namespace {

struct Spans : testing::Test {
  uint64_t now = 100, drawn = 0;
  Counter dropped;
  Tracer tracer{{.spans_max = 3}, {[this] { return now++; }, [this] { return ++drawn; }}, dropped};
};

TEST_F(Spans, ChildrenAreOfWhoRuns) {
  {
    Span root(&tracer, "root", SpanKind::kServer, std::nullopt);
    ASSERT_TRUE(root.recording());
    {
      Span child("object", " get");
      child.set("k", "v");
    }
    Span second("second");
  }
  EXPECT_EQ(current_span.tracer, nullptr);
  const auto spans = tracer.take(10);
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0].name, "object get");
  EXPECT_EQ(spans[0].attributes, (std::vector<std::pair<std::string, std::string>>{{"k", "v"}}));
  EXPECT_EQ(spans[2].name, "root");
  EXPECT_EQ(spans[0].parent, spans[2].span);
  EXPECT_EQ(spans[1].parent, spans[2].span);
  EXPECT_EQ(spans[0].trace, spans[2].trace);
  EXPECT_LT(spans[2].start_unix_ns, spans[0].start_unix_ns);
  EXPECT_GT(spans[2].end_unix_ns, spans[1].end_unix_ns);
}

TEST_F(Spans, NothingIsRecordedOutsideATrace) {
  Span span("object", " get");
  EXPECT_FALSE(span.recording());
  Span off(nullptr, "root", SpanKind::kServer, std::nullopt);
  EXPECT_FALSE(off.recording());
  EXPECT_EQ(current_traceparent(), "");
}

TEST_F(Spans, AFullQueueDropsAndCounts) {
  for (int i = 0; i < 5; ++i) Span(&tracer, "root", SpanKind::kServer, std::nullopt);
  EXPECT_EQ(dropped.value(), 2u);
  EXPECT_EQ(tracer.take(2).size(), 2u);
  EXPECT_EQ(tracer.take(2).size(), 1u);
}

TEST_F(Spans, NoTraceBeginsWhileTheQueueIsJammed) {
  for (int i = 0; i < 4; ++i) Span(&tracer, "root", SpanKind::kServer, std::nullopt);
  EXPECT_FALSE(Span(&tracer, "root", SpanKind::kServer, std::nullopt).recording());
  EXPECT_EQ(dropped.value(), 2u) << "what did not begin counts as well";
  (void)tracer.take(3);
  EXPECT_TRUE(Span(&tracer, "root", SpanKind::kServer, std::nullopt).recording());
}

TEST_F(Spans, WhoAsksDecides) {
  const auto asks = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_TRUE(asks);
  {
    Span span(&tracer, "asked", SpanKind::kServer, asks);
    EXPECT_EQ(current_trace_id(), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(current_traceparent().substr(0, 36), "00-0af7651916cd43dd8448eb211c80319c-");
  }
  EXPECT_EQ(tracer.take(1).at(0).parent, 0xb7ad6b7169203331u);
  const auto not_sampled = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  ASSERT_TRUE(not_sampled);
  EXPECT_FALSE(Span(&tracer, "asked", SpanKind::kServer, not_sampled).recording());
}

TEST(Traceparent, RefusesWhatIsNotValid) {
  for (std::string_view bad : {"", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
                               "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                               "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                               "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                               "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                               "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                               "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
  }
  EXPECT_TRUE(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
}

TEST(Tracer, SamplesByRatio) {
  Counter dropped;
  uint64_t drawn = 0;
  Tracer tracer({.sampling_ratio = 0.25}, {[] { return uint64_t{0}; }, [&drawn] { return drawn += uint64_t{1} << 60; }},
                dropped);
  int wanted = 0;
  for (int i = 0; i < 16; ++i) wanted += tracer.wants_new_trace() ? 1 : 0;
  EXPECT_EQ(wanted, 4);
}

TEST(Tracer, RecordsAFewThatClientsAskFor) {
  Counter dropped;
  uint64_t now_ns = 0;
  Tracer tracer({.sampling_ratio = 0, .asked_traces_per_second_max = 2},
                {[&now_ns] { return now_ns; }, [] { return uint64_t{1}; }}, dropped);
  for (now_ns = 5'000'000'000; now_ns < 7'000'000'000; now_ns += 1'000'000'000) {
    EXPECT_TRUE(tracer.wants_asked_trace());
    EXPECT_TRUE(tracer.wants_asked_trace());
    EXPECT_FALSE(tracer.wants_asked_trace());
  }
}

TEST_F(Spans, WhoAsksGetsNoTraceEitherWhileTheQueueIsJammed) {
  EXPECT_TRUE(tracer.wants_asked_trace());
  for (int i = 0; i < 4; ++i) Span(&tracer, "root", SpanKind::kServer, std::nullopt);
  EXPECT_FALSE(tracer.wants_asked_trace());
}

}  // namespace
}  // namespace garage::telemetry

#include "env/posix/log_sink.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "env/posix/unique_fd.hpp"

namespace garage::env::posix {
namespace {

using log::Level;

TEST(LogFilter, BareLevelCountsForAll) {
  const auto filter = LogFilter::parse("info");
  EXPECT_TRUE(filter.wants(Level::kError, "table"));
  EXPECT_TRUE(filter.wants(Level::kInfo, "http"));
  EXPECT_FALSE(filter.wants(Level::kDebug, "http"));
  EXPECT_TRUE(filter.rejected().empty());
}

TEST(LogFilter, TheMostSpecificRuleWins) {
  const auto filter = LogFilter::parse("warn, garage=info , table=trace,garage_block=off,net=ERROR");
  EXPECT_TRUE(filter.wants(Level::kInfo, "http"));
  EXPECT_FALSE(filter.wants(Level::kDebug, "http"));
  EXPECT_TRUE(filter.wants(Level::kTrace, "table"));
  EXPECT_TRUE(filter.wants(Level::kTrace, "table_sync"));
  EXPECT_FALSE(filter.wants(Level::kError, "block"));
  EXPECT_TRUE(filter.wants(Level::kError, "net"));
  EXPECT_FALSE(filter.wants(Level::kWarn, "net"));
}

TEST(LogFilter, WhatNoRuleNamesIsOff) {
  const auto filter = LogFilter::parse("garage_table=debug");
  EXPECT_TRUE(filter.wants(Level::kDebug, "table"));
  EXPECT_FALSE(filter.wants(Level::kError, "http"));
  EXPECT_FALSE(LogFilter::parse("").wants(Level::kError, "http"));
  EXPECT_TRUE(LogFilter::parse("hyper=trace,garage=info").wants(Level::kInfo, "http"));
}

TEST(LogFilter, LaterRulesReplaceEarlierOnes) {
  const auto filter = LogFilter::parse("debug,table=error,info,table=warn");
  EXPECT_FALSE(filter.wants(Level::kDebug, "http"));
  EXPECT_TRUE(filter.wants(Level::kWarn, "table"));
  EXPECT_FALSE(filter.wants(Level::kInfo, "table"));
}

TEST(LogFilter, NamesWhatItCannotRead) {
  const auto filter = LogFilter::parse("info,table=loud,=debug,[span]=info,,http");
  EXPECT_EQ(filter.rejected(), (std::vector<std::string>{"table=loud", "=debug", "[span]=info"}));
  EXPECT_TRUE(filter.wants(Level::kTrace, "http"));
  EXPECT_FALSE(filter.wants(Level::kDebug, "table"));
}

TEST(LogFilter, ASlipOfThePenSilencesNothing) {
  for (const auto* slip : {"", " , ", "garage=inf", "garage:debug", "=debug"}) {
    const auto filter = LogFilter::parse(slip, "info");
    EXPECT_TRUE(filter.wants(Level::kInfo, "http")) << slip;
    EXPECT_FALSE(filter.wants(Level::kDebug, "http")) << slip;
  }
  EXPECT_EQ(LogFilter::parse("garage:debug", "info").rejected(), std::vector<std::string>{"garage:debug"});
  EXPECT_FALSE(LogFilter::parse("off", "info").wants(Level::kError, "http"));
}

constexpr uint64_t kWhen = 1'785'587'696'123'456;

TEST(LogLine, ForPeople) {
  EXPECT_EQ(format_log_line(LogFormat::kPlain, kWhen, Level::kInfo, "table", "synced 3 rows"),
            "2026-08-01T12:34:56.123456Z  INFO garage_table: synced 3 rows\n");
  EXPECT_EQ(format_log_line(LogFormat::kColoured, kWhen, Level::kError, "net", "gone"),
            "2026-08-01T12:34:56.123456Z \x1b[31mERROR\x1b[0m garage_net: gone\n");
}

TEST(LogLine, NamesTheTrace) {
  EXPECT_EQ(format_log_line(LogFormat::kPlain, kWhen, Level::kInfo, "s3", "a", "0af7"),
            "2026-08-01T12:34:56.123456Z  INFO garage_s3: a trace_id=0af7\n");
  EXPECT_EQ(
      format_log_line(LogFormat::kJson, kWhen, Level::kInfo, "s3", "a", "0af7"),
      "{\"timestamp\":\"2026-08-01T12:34:56.123456Z\",\"level\":\"INFO\",\"message\":\"a\",\"target\":\"garage_s3\","
      "\"trace_id\":\"0af7\"}\n");
}

TEST(LogLine, ForMachines) {
  EXPECT_EQ(format_log_line(LogFormat::kJson, kWhen, Level::kWarn, "s3", "a \"b\" \\ \n \xC3\xA9 \xFF"),
            "{\"timestamp\":\"2026-08-01T12:34:56.123456Z\",\"level\":\"WARN\",\"message\":\"a \\\"b\\\" \\\\ \\u000a "
            "\xC3\xA9 "
            "\xEF\xBF\xBD\",\"target\":\"garage_s3\"}\n");
}

TEST(LogLine, NobodyForgesLinesOrDrivesTheTerminal) {
  const std::string line =
      format_log_line(LogFormat::kPlain, kWhen, Level::kInfo, "s3", "key\nERROR \x1b[2J \xC2\x9B \"quoted\"");
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\x9B'), std::string::npos);
  EXPECT_NE(line.find("\"quoted\""), std::string::npos);
}

TEST(LogLine, HasABound) {
  const std::string line = format_log_line(LogFormat::kPlain, kWhen, Level::kInfo, "s3", std::string(1u << 20, 'x'));
  EXPECT_LT(line.size(), 20'000u);
  EXPECT_TRUE(line.ends_with("...\n"));
}

TEST(LogSink, WritesOneLineForEachCall) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reader(ends[0]), writer(ends[1]);
  LogSink sink({.filter = LogFilter::parse("info"), .format = LogFormat::kPlain, .fd = writer.get()});
  log::install_sink(&sink);
  LOG_INFO("table", "one {}", 1);
  LOG_DEBUG("table", "two");
  LOG_WARN("net", "three");
  log::install_sink(nullptr);
  std::string text(4096, '\0');
  text.resize(static_cast<size_t>(::read(reader.get(), text.data(), text.size())));
  EXPECT_NE(text.find("  INFO garage_table: one 1\n"), std::string::npos);
  EXPECT_NE(text.find("  WARN garage_net: three\n"), std::string::npos);
  EXPECT_EQ(text.find("two"), std::string::npos);
}

size_t count_of(std::string_view what, std::string_view text) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

size_t told_lost(std::string_view text) {
  constexpr std::string_view kBefore = "garage_log: ";
  size_t count = 0;
  for (size_t at = text.find(kBefore); at != std::string_view::npos; at = text.find(kBefore, at + 1)) {
    count += std::stoul(std::string(text.substr(at + kBefore.size(), 10)));
  }
  return count;
}

LogOptions gathered_into(int fd) {
  LogOptions options;
  options.filter = LogFilter::parse("info");
  options.fd = fd;
  options.gathered = true;
  options.waiting_bytes_max = 100'000;
  return options;
}

TEST(LogSink, NobodyWaitsForWhoeverDoesNotReadAndWhatIsLostIsCounted) {
  constexpr size_t kLines = 4'000;  // a megabyte: more than a pipe holds, with all that may wait
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reader(ends[0]), writer(ends[1]);
  LogSink sink(gathered_into(writer.get()));
  for (size_t i = 0; i < kLines; ++i) {
    sink.write(i % 2 == 0 ? Level::kInfo : Level::kWarn, "s3", "one of many " + std::string(200, 'x'));
  }
  std::string text, piece(1u << 16, '\0');
  while (!text.ends_with('\n') || count_of("one of many", text) + told_lost(text) < kLines) {
    const ssize_t got = ::read(reader.get(), piece.data(), piece.size());
    ASSERT_GT(got, 0);
    text.append(piece, 0, static_cast<size_t>(got));
  }
  EXPECT_EQ(count_of("one of many", text) + told_lost(text), kLines);
  EXPECT_GT(told_lost(text), 0u);
}

TEST(LogSink, EndsThoughNobodyReads) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reader(ends[0]), writer(ends[1]);
  LogSink sink(gathered_into(writer.get()));
  for (int i = 0; i < 1'000; ++i) sink.write(Level::kInfo, "s3", std::string(200, 'x'));
}

TEST(LogOptions, FollowTheEnvironment) {
  ::setenv("RUST_LOG", "table=debug", 1);
  ::setenv("GARAGE_LOG_FORMAT", "JSON", 1);
  auto options = log_options_from_environment("info");
  EXPECT_EQ(options.format, LogFormat::kJson);
  EXPECT_TRUE(options.filter.wants(Level::kDebug, "table"));
  EXPECT_FALSE(options.filter.wants(Level::kInfo, "http"));
  ::unsetenv("RUST_LOG");
  ::unsetenv("GARAGE_LOG_FORMAT");
  ::setenv("NO_COLOR", "1", 1);
  options = log_options_from_environment("info");
  EXPECT_EQ(options.format, LogFormat::kPlain);
  EXPECT_TRUE(options.filter.wants(Level::kInfo, "http"));
  ::unsetenv("NO_COLOR");
}

}  // namespace
}  // namespace garage::env::posix

#include "api/conditions.hpp"

#include <gtest/gtest.h>

#include "api/testing/test_request.hpp"

namespace garage::api {
namespace {

using testing::TestRequest;
using enum ConditionOutcome;

constexpr const char* kEtag = "37b51d194a7513e45b56f6524f2d51f2";
constexpr WallTime kModified{784111777'500};  // Sun, 06 Nov 1994 08:49:37.500 GMT
constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

using Fields = std::vector<std::pair<std::string, std::string>>;

ConditionOutcome outcome(const Fields& fields, const std::string& prefix = "") {
  TestRequest request("GET", "/b/k");
  for (const auto& [name, value] : fields) request.header(prefix + name, value);
  const EffectiveHeaders headers(request.get().headers);
  const auto conditions = prefix.empty() ? read_conditions(headers) : copy_source_conditions(headers).value();
  return evaluate(conditions, kEtag, kModified);
}

const std::string kQuoted = std::string("\"") + kEtag + "\"";

TEST(Conditions, IfMatch) {
  EXPECT_EQ(outcome({}), kProceed);
  for (const std::string& good : {kQuoted, std::string(kEtag), "W/" + kQuoted, std::string("*"), "\"x\", " + kQuoted}) {
    EXPECT_EQ(outcome({{"if-match", good}}), kProceed) << good;
  }
  for (const std::string bad : {"\"x\"", "", "\"\"", "\"37b51d194a7513e45b56f6524f2d51f\""}) {
    EXPECT_EQ(outcome({{"if-match", bad}}), kPreconditionFailed) << bad;
  }
  EXPECT_EQ(outcome({{"if-match", "\"x\""}, {"if-match", kQuoted}}), kProceed);
}

TEST(Conditions, IfNoneMatch) {
  EXPECT_EQ(outcome({{"if-none-match", kQuoted}}), kNotModified);
  EXPECT_EQ(outcome({{"if-none-match", "*"}}), kNotModified);
  EXPECT_EQ(outcome({{"if-none-match", "\"x\",\"y\"," + kQuoted}}), kNotModified);
  EXPECT_EQ(outcome({{"if-none-match", "\"x\""}}), kProceed);
}

TEST(Conditions, DatesAreComparedAtWholeSeconds) {
  EXPECT_EQ(outcome({{"if-modified-since", kBefore}}), kProceed);
  EXPECT_EQ(outcome({{"if-modified-since", kSame}}), kNotModified);
  EXPECT_EQ(outcome({{"if-modified-since", kAfter}}), kNotModified);
  EXPECT_EQ(outcome({{"if-unmodified-since", kBefore}}), kPreconditionFailed);
  EXPECT_EQ(outcome({{"if-unmodified-since", kSame}}), kProceed);
  EXPECT_EQ(outcome({{"if-unmodified-since", kAfter}}), kProceed);
  EXPECT_EQ(outcome({{"if-modified-since", "yesterday"}, {"if-unmodified-since", ""}}), kProceed);
}

TEST(Conditions, EtagsComeBeforeDates) {
  EXPECT_EQ(outcome({{"if-match", kQuoted}, {"if-unmodified-since", kBefore}}), kProceed);
  EXPECT_EQ(outcome({{"if-match", "\"x\""}, {"if-unmodified-since", kAfter}}), kPreconditionFailed);
  EXPECT_EQ(outcome({{"if-none-match", "\"x\""}, {"if-modified-since", kAfter}}), kProceed);
  EXPECT_EQ(outcome({{"if-none-match", kQuoted}, {"if-modified-since", kBefore}}), kNotModified);
  EXPECT_EQ(outcome({{"if-match", kQuoted}, {"if-none-match", kQuoted}}), kNotModified);
  EXPECT_EQ(outcome({{"if-match", "\"x\""}, {"if-none-match", kQuoted}}), kPreconditionFailed);
}

TEST(Conditions, ARangeCountsForWhatTheClientKnows) {
  const auto range = [](const Fields& fields) {
    TestRequest request("GET", "/b/k");
    request.header("range", "bytes=1-2");
    for (const auto& [name, value] : fields) request.header(name, value);
    const auto found = range_that_counts(EffectiveHeaders(request.get().headers), kEtag, kModified);
    return std::string(found.value_or("none"));
  };
  EXPECT_EQ(range({}), "bytes=1-2");
  for (const std::string& good : {kQuoted, " " + kQuoted, std::string(kSame)})
    EXPECT_EQ(range({{"if-range", good}}), "bytes=1-2") << good;
  for (const std::string& bad : {std::string("\"x\""), "W/" + kQuoted, std::string(kEtag), std::string(kBefore),
                                 std::string(kAfter), std::string("yesterday"), std::string("\""), std::string()})
    EXPECT_EQ(range({{"if-range", bad}}), "none") << bad;
  TestRequest without("GET", "/b/k");
  without.header("if-range", kQuoted);
  EXPECT_FALSE(range_that_counts(EffectiveHeaders(without.get().headers), kEtag, kModified));
}

TEST(Conditions, AWriteTakesNoneThatSaysNothing) {
  const auto refused = [](const std::string& name, const std::string& value) {
    TestRequest request("PUT", "/b/k");
    request.header(name, value);
    const EffectiveHeaders headers(request.get().headers);
    const auto conditions = name.starts_with("x-amz-") ? copy_source_conditions(headers) : write_conditions(headers);
    return conditions ? "no" : conditions.error().message;
  };
  EXPECT_EQ(refused("if-none-match", " , ,"), "if-none-match names no entity tag.");
  for (const std::string name :
       {"if-match", "if-none-match", "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match"}) {
    for (const std::string nothing : {"", ",", " , ,"})
      EXPECT_EQ(refused(name, nothing), name + " names no entity tag.");
    for (const std::string& something : {std::string("*"), kQuoted, std::string(",x")})
      EXPECT_EQ(refused(name, something), "no");
  }
  const std::string since = "x-amz-copy-source-if-unmodified-since";
  EXPECT_EQ(refused(since, "yesterday"), since + " is not a date.");
  EXPECT_EQ(refused(since, kSame), "no");
}

TEST(Conditions, CopySourcesHaveTheirOwn) {
  const std::string prefix = "x-amz-copy-source-";
  EXPECT_EQ(outcome({{"if-match", "\"x\""}}, prefix), kPreconditionFailed);
  EXPECT_EQ(outcome({{"if-none-match", kQuoted}}, prefix), kNotModified);
  TestRequest request("PUT", "/b/k");
  request.header("x-amz-copy-source-if-match", "\"x\"");
  EXPECT_TRUE(read_conditions(EffectiveHeaders(request.get().headers)).empty());
}

}  // namespace
}  // namespace garage::api

#include "exporters/otlp.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "exporters/protobuf.hpp"

namespace garage::exporters {
namespace {

// As the encoding guide shows them: https://protobuf.dev/programming-guides/encoding
TEST(Protobuf, WritesTheExamplesOfTheGuide) {
  ProtobufWriter out;
  out.number(1, 150);
  out.bytes(2, "testing");
  out.fixed64(16, 1);
  EXPECT_EQ(to_hex(out.take()), "089601120774657374696e6781010100000000000000");
}

TEST(Otlp, NestsSpansInTheirScopeAndResource) {
  telemetry::FinishedSpan span;
  span.trace.fill(0xab);
  span.span = 0x0102030405060708;
  span.parent = 1;
  span.kind = telemetry::SpanKind::kServer;
  span.name = "n";
  span.start_unix_ns = 2;
  span.end_unix_ns = 3;
  span.attributes = {{"k", "v"}};
  span.failed = true;
  const std::string bytes = encode_export_request({{"service.name", "garage"}}, {span});
  const std::string encoded_span = to_hex(bytes.substr(bytes.size() - 0x4b));
  EXPECT_EQ(encoded_span,
            "0a10abababababababababababababababab"  // trace id
            "12080102030405060708"                  // span id
            "22080000000000000001"                  // parent
            "2a016e"
            "3002"  // name, kind
            "390200000000000000"
            "410300000000000000"
            "4a080a016b12030a0176"  // k: v
            "7a021802");            // status: error
  EXPECT_EQ(to_hex(bytes.substr(0, 30)),
            "0a75"  // the spans of a resource
            "0a1a"  // the resource
            "0a18"  // its attribute
            "0a0c736572766963652e6e616d65"
            "1208"
            "0a06676172616765");
}

TEST(Otlp, TextsOfClientsBecomeUtf8) {
  telemetry::FinishedSpan span;
  span.attributes = {{"uri", "/\xc3\xa9\xff\xc3"}};
  const std::string bytes = encode_export_request({}, {span});
  EXPECT_TRUE(bytes.contains("/\xc3\xa9??"));
  EXPECT_FALSE(bytes.contains('\xff'));
}

}  // namespace
}  // namespace garage::exporters

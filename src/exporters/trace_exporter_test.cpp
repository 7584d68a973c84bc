#include "exporters/trace_exporter.hpp"

#include <gtest/gtest.h>

#include "http/testing/memory_stream.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::exporters {
namespace {

using http::testing::make_stream_pair;

std::string frame(unsigned char type, unsigned char flags, unsigned char stream, const std::string& payload) {
  std::string out{'\0', '\0', static_cast<char>(payload.size()), static_cast<char>(type), static_cast<char>(flags)};
  out.append(3, '\0');
  out += static_cast<char>(stream);
  return out + payload;
}

constexpr unsigned char kHeaders = 1, kSettings = 4, kEndStream = 1, kEndHeaders = 4;

// Settings, the head, and trailers with a status.
std::string answer(const std::string& grpc_status) {
  const std::string trailers =
      std::string("\0\x0bgrpc-status", 13) + static_cast<char>(grpc_status.size()) + grpc_status;
  return frame(kSettings, 0, 0, "") + frame(kHeaders, kEndHeaders, 1, "\x88") +
         frame(kHeaders, kEndHeaders | kEndStream, 1, trailers);
}

struct Grpc : testing::Test {
  runtime::ManualLoop loop;

  Result<void> call_answered(const std::string& bytes) {
    auto [client, server] = make_stream_pair();
    server->push(bytes);
    GrpcChannel channel(std::move(client), "collector:4317");
    auto outcome = loop.run_until_done(channel.call(std::string(kExportPath), "message", loop.now() + 3s));
    sent = server->take();
    return outcome;
  }
  std::string sent;
};

TEST_F(Grpc, SendsOneMessageAndTakesTheStatus) {
  const auto outcome = call_answered(answer("0"));
  EXPECT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(sent.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_NE(sent.find(std::string("\0\0\0\0\x07message", 12)), std::string::npos);
}

TEST_F(Grpc, AnErrorOfTheCollectorIsAnError) {
  const auto outcome = call_answered(answer("14"));
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("gRPC status 14"), std::string::npos) << outcome.error().message;
}

TEST_F(Grpc, ACollectorThatSaysNothingIsATimeout) {
  const auto outcome = call_answered(frame(kSettings, 0, 0, ""));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kTimeout);
}

TEST_F(Grpc, WhatIsNotHttp2IsAnError) {
  EXPECT_FALSE(call_answered("HTTP/1.1 400 Bad Request\r\n\r\n-------------------------------------------"));
}

}  // namespace
}  // namespace garage::exporters

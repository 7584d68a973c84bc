#include "exporters/trace_exporter.hpp"

#include <gtest/gtest.h>

#include "http/testing/memory_network.hpp"
#include "runtime/manual_loop.hpp"
#include "runtime/sleep.hpp"

namespace garage::exporters {
namespace {

using http::testing::make_stream_pair;

std::string frame(unsigned char type, unsigned char flags, unsigned char stream, const std::string& payload) {
  std::string out{'\0', '\0', static_cast<char>(payload.size()), static_cast<char>(type), static_cast<char>(flags)};
  out.append(3, '\0');
  out += static_cast<char>(stream);
  return out + payload;
}

constexpr unsigned char kHeaders = 1, kSettings = 4, kGoAway = 7, kEndStream = 1, kEndHeaders = 4;

// Settings, the head, and trailers with a status.
std::string answer(const std::string& grpc_status, unsigned char stream = 1) {
  const std::string trailers =
      std::string("\0\x0bgrpc-status", 13) + static_cast<char>(grpc_status.size()) + grpc_status;
  return frame(kSettings, 0, 0, "") + frame(kHeaders, kEndHeaders, stream, "\x88") +
         frame(kHeaders, kEndHeaders | kEndStream, stream, trailers);
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

class Exporting : public testing::Test {
 protected:
  ~Exporting() override { loop_.run_until_done(stopped(*exporter_)); }
  static Task<bool> stopped(TraceExporter& exporter) {
    co_await exporter.stop();
    co_return true;
  }
  void start(env::Network& network) {
    exporter_ = TraceExporter::create(network, tracer_, "http://collector", {}).value();
    exporter_->start();
  }
  void span() { tracer_.finish({.name = "one", .attributes = {}}); }

  runtime::ManualLoop loop_;
  runtime::Loop::Scope scope_{&loop_};
  telemetry::Counter dropped_;
  telemetry::Tracer tracer_{{}, {[] { return uint64_t{1}; }, [] { return uint64_t{1}; }}, dropped_};
  http::testing::MemoryNetwork network_;
  std::unique_ptr<TraceExporter> exporter_;
};

// The second batch goes over the connection of the first.
class SecondBatch : public Exporting {
 protected:
  void begin() {
    listener_ = network_.listen({"collector:4317"}, {}).value();
    start(network_);
    span();
    loop_.advance(1s);
    first_ = accept();
    first_->push(answer("0"));
    loop_.advance(1s);
    first_->take();
    span();
    loop_.advance(1s);
    EXPECT_FALSE(first_->take().empty());
  }
  std::unique_ptr<http::testing::MemoryStream> accept() {
    auto stream = loop_.run_until_done(listener_->accept()).value();
    return std::unique_ptr<http::testing::MemoryStream>(dynamic_cast<http::testing::MemoryStream*>(stream.release()));
  }

  // Over another connection.
  void expect_sent_again() {
    loop_.run();
    ASSERT_EQ(network_.listener("collector:4317").waiting(), 1u);
    const auto second = accept();
    second->push(answer("0"));
    loop_.advance(1s);
    EXPECT_EQ(dropped_.value(), 0u);
  }

  std::unique_ptr<env::Listener> listener_;
  std::unique_ptr<http::testing::MemoryStream> first_;
};

TEST_F(SecondBatch, IsSentAgainWhereTheConnectionWasClosedMeanwhile) {
  begin();
  first_->close();
  expect_sent_again();
}

// As gRPC's own servers end connections: with a word before.
TEST_F(SecondBatch, IsSentAgainWhereTheCollectorTakesNoMoreCallsHere) {
  begin();
  first_->push(frame(kGoAway, 0, 0, std::string("\0\0\0\1\0\0\0\0", 8)));
  expect_sent_again();
}

TEST_F(SecondBatch, IsNotSentAgainToACollectorThatHasAnswered) {
  begin();
  first_->push(answer("8", 3));
  loop_.run();
  EXPECT_EQ(network_.listener("collector:4317").waiting(), 0u);
  EXPECT_EQ(dropped_.value(), 1u);
}

class SilentNameServer : public http::testing::MemoryNetwork {
 public:
  Task<Result<std::vector<env::Address>>> resolve(std::string, MonotonicTime deadline) override {
    ++asked;
    co_await runtime::sleep_for(deadline - runtime::Loop::current()->now());
    co_return fail(ErrorKind::kUnavailable, "no answer came in time");
  }
  int asked = 0;
};

TEST_F(Exporting, AnEndWaitsForNoCollectorThatWasAwayBefore) {
  SilentNameServer network;
  span();
  start(network);
  loop_.advance(4s);
  EXPECT_EQ(dropped_.value(), 1u);
  span();
  loop_.advance(4500ms);
  EXPECT_EQ(network.asked, 2);
  span();
  const MonotonicTime begin = loop_.now();
  loop_.run_until_done(stopped(*exporter_));
  EXPECT_LE(loop_.now() - begin, 1s);
  EXPECT_EQ(network.asked, 2);
}

}  // namespace
}  // namespace garage::exporters

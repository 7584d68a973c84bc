// A server on a network in memory, driven by hand, with a handler that each test chooses.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/server.hpp"
#include "http/testing/memory_network.hpp"
#include "runtime/clock.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::http::testing {

class FixedClock : public runtime::Clock {
 public:
  WallTime wall_now() override { return now; }
  MonotonicTime monotonic_now() override { return {}; }
  WallTime now{784111777000};  // Sun, 06 Nov 1994 08:49:37 GMT
};

using HandlerFunction = Task<Response> (*)(Request& request);

class FunctionHandler : public Handler {
 public:
  Task<Response> handle(Request& request) override {
    ++calls;
    return function(request);
  }
  void answer_failed(const Request& request) override { failed.emplace_back(request.target); }
  HandlerFunction function = nullptr;
  int calls = 0;
  std::vector<std::string> failed;  // targets
};

// The whole body, or the error.
inline Task<Result<std::string>> read_all(BodyReader& body) {
  std::string all;
  std::string piece(100, '\0');
  for (;;) {
    CO_TRY(const size_t size, co_await body.read(piece));
    if (size == 0) co_return all;
    all.append(piece, 0, size);
  }
}

// Answers with what it read: "METHOD target: body".
inline Task<Response> echo(Request& request) {
  auto body = co_await read_all(*request.body);
  if (!body) co_return Response::text(400, body.error().message);
  co_return Response::text(200, std::string(request.method_text) + " " + std::string(request.target) + ": " + *body);
}

inline Task<Response> ignore_body(Request&) {
  co_return Response::text(403, "no");
}

class ServerTest : public ::testing::Test {
 protected:
  static constexpr const char* kAddress = "10.0.0.2:80";

  ~ServerTest() override {
    if (server_) loop_.run_until_done(stop(*server_));
  }

  void serve(HandlerFunction function, ServerOptions options = {}) {
    handler_.function = function;
    runtime::Loop::Scope scope(&loop_);
    server_ = std::make_unique<Server>(clock_, network_, handler_, options);
    ASSERT_TRUE(server_->listen({kAddress}));
  }

  std::unique_ptr<MemoryStream> dial(const std::string& from = "10.0.0.1:1000") {
    runtime::Loop::Scope scope(&loop_);
    auto stream = network_.dial({kAddress}, {from});
    loop_.run();
    return stream;
  }

  // Sends bytes and returns all that comes back without time passing.
  std::string say(MemoryStream& stream, std::string_view bytes) {
    runtime::Loop::Scope scope(&loop_);
    stream.push(bytes);
    return hear(stream);
  }
  std::string hear(MemoryStream& stream) {
    runtime::Loop::Scope scope(&loop_);
    std::string heard;
    do {
      loop_.run();
      heard += stream.take();
    } while (loop_.run() > 0);
    return heard;
  }
  void hang_up(MemoryStream& stream) {
    runtime::Loop::Scope scope(&loop_);
    stream.close();
    loop_.run();
  }

  runtime::ManualLoop loop_;
  FixedClock clock_;
  MemoryNetwork network_;
  FunctionHandler handler_;
  std::unique_ptr<Server> server_;

 private:
  static Task<bool> stop(Server& server) {
    co_await server.stop(Duration{0});
    co_return true;
  }
};

// The body of an answer with Content-Length.
inline std::string body_of(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? answer : answer.substr(end + 4);
}
inline std::string status_of(const std::string& answer) {
  return answer.substr(0, answer.find('\r'));
}

}  // namespace garage::http::testing

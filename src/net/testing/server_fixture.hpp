// A server on a memory network, with a handler that a test steers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "net/server.hpp"
#include "net/testing/net_fixture.hpp"
#include "runtime/signal.hpp"

namespace garage::net::testing {

class TestHandler : public RequestHandler {
 public:
  // "Echo" answers the payload, "Who" the asker's id, "Fail" an error, "Large" as many bytes as the payload says,
  // "Wait" when let go.
  Task<Result<std::string>> handle(std::string operation, std::string payload, const PeerInfo& who) override {
    ++started;
    if (operation == "Wait") {
      while (!let_go) co_await changed.wait();
    }
    ++finished;
    if (operation == "Fail") co_return fail(ErrorKind::kNotFound, "failed: " + payload);
    if (operation == "Large") co_return std::string(std::stoul(payload), 'L');
    if (operation == "Who") co_return who.id.hex() + (who.is_client() ? " client" : " peer");
    co_return payload;
  }
  void release() {
    let_go = true;
    changed.notify_all();
  }

  int started = 0;
  int finished = 0;
  bool let_go = false;
  runtime::Signal changed;
};

class ServerTest : public NetTest {
 protected:
  static constexpr const char* kAddress = "10.0.0.2:3901";

  void start(ServerOptions options = {}) {
    server_ = std::make_unique<Server>(network_, test_key('s'), Secret("a secret"), HelloFacts{}, handler_, options);
    ASSERT_TRUE(server_->listen({kAddress}));
  }
  Result<std::unique_ptr<Connection>> dial(const std::string& secret = "a secret", char node = 's') {
    return loop_.run_until_done(
        connect_as_client(random_, network_, {kAddress}, test_key(node).id, Secret(secret), in(20s)));
  }
  Result<std::string> ask(Connection& connection, std::string operation, std::string payload) {
    return loop_.run_until_done(connection.call(std::move(operation), std::move(payload), in(60s)));
  }
  void stop(Duration grace = 10s) { loop_.run_until_done(stopped(*server_, grace)); }
  static Task<int> stopped(Server& server, Duration grace) {
    co_await server.stop(grace);
    co_return 0;
  }
  ~ServerTest() override {
    handler_.release();
    if (server_) stop();
  }

  CountingRandom random_;
  MemoryNetwork network_;
  TestHandler handler_;
  std::unique_ptr<Server> server_;
};

}  // namespace garage::net::testing

// A machine with one API on a network in memory, a disk, and a clock that tests set.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codec/json.hpp"
#include "discovery/endpoint.hpp"
#include "env/small_file.hpp"
#include "http/testing/server_fixture.hpp"
#include "runtime/inline_pool.hpp"
#include "runtime/manual_loop.hpp"
#include "sim/disk.hpp"

namespace garage::discovery::testing {

class CountingRandom : public runtime::Random {
 public:
  void fill(std::span<unsigned char> out) override {
    for (unsigned char& byte : out) byte = next_++;
  }

 private:
  unsigned char next_ = 1;
};

// An API: answers a request with a status and JSON, and writes down what it was asked.
class StandIn : public http::Handler {
 public:
  struct Answer {
    int status = 200;
    codec::Json body = codec::Json::object();
  };

  Task<http::Response> handle(http::Request& request) override {
    auto body = co_await http::testing::read_all(*request.body);
    asked.push_back(std::string(request.method_text) + " " + std::string(request.target));
    bodies.push_back(body.value_or(""));
    const Answer answer = reply(request, bodies.back());
    co_return http::Response::text(answer.status, codec::to_json(answer.body), "application/json");
  }

  std::vector<std::string> asked;
  std::vector<std::string> bodies;

 protected:
  virtual Answer reply(http::Request& request, const std::string& body) = 0;
};

class ApiWorld : public ::testing::Test {
 protected:
  static constexpr const char* kAddress = "10.0.0.2:80";

  ~ApiWorld() override {
    if (server_) loop_.run_until_done(stop(*server_));
    loop_.run();
  }

  void serve(StandIn& api) {
    server_ = std::make_unique<http::Server>(api_clock_, network_, api, http::ServerOptions{});
    ASSERT_TRUE(server_->listen({kAddress}));
  }
  // The API is gone: nobody listens any more.
  void shut_down() {
    loop_.run_until_done(stop(*server_));
    stopped_ = std::move(server_);  // the network still refers to it
  }
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(disk_.make_directories(path.substr(0, path.rfind('/'))));
    ASSERT_TRUE(env::replace_file(disk_, path, text, 0600));
  }
  template <class T>
  T run(Task<T> task) {
    return loop_.run_until_done(std::move(task));
  }

  static NodeId node(char byte) { return *NodeId::from_raw(std::string(32, byte)); }

  const Endpoint endpoint_{.tls = false, .host = "10.0.0.2", .port = 80, .prefix = ""};
  runtime::ManualLoop loop_;
  runtime::Loop::Scope scope_{&loop_};
  http::testing::FixedClock clock_, api_clock_;  // the node's, the API's
  http::testing::MemoryNetwork network_;
  CountingRandom random_;
  sim::SimDisk disk_{1};
  runtime::InlinePool pool_;
  env::Env env_{.clock = clock_,
                .random = random_,
                .disk = disk_,
                .network = network_,
                .loops = {&loop_},
                .pools = {.disk = pool_, .compute = pool_}};
  std::unique_ptr<http::Server> server_, stopped_;

 private:
  static Task<bool> stop(http::Server& server) {
    co_await server.stop(Duration{0});
    co_return true;
  }
};

}  // namespace garage::discovery::testing

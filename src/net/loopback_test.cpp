// The same over real sockets.
#include "env/posix/test_world.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

namespace garage::net {
namespace {

class EchoHandler : public RequestHandler {
 public:
  Task<Result<std::string>> handle(std::string, std::string payload, const PeerInfo&) override { co_return payload; }
};

class Loopback : public ::testing::Test {
 protected:
  Task<void> converse() {
    EchoHandler handler;
    const auto key = NodeKey::generate(env_.random);
    Server server(env_, *key, Secret("a secret"), HelloFacts{}, handler);
    EXPECT_TRUE(server.listen({"127.0.0.1:0"}));
    const env::Address address = server.addresses().front();
    const MonotonicTime deadline = runtime::Loop::current()->now() + 60s;

    auto connection = co_await connect_as_client(env_, address, key->id, Secret("a secret"), deadline);
    EXPECT_TRUE(connection) << connection.error().message;
    const std::string large(5'000'000, 'x');
    EXPECT_TRUE(*co_await (*connection)->call("Echo", large, deadline) == large);
    EXPECT_TRUE((co_await (*connection)->ping(deadline)).has_value());

    // Over the socket too, the reason arrives before the end does.
    auto stranger = co_await connect_as_client(env_, address, key->id, Secret("another"), deadline);
    EXPECT_EQ(stranger.error().message, "refused by the node: the RPC secret differs");
    NodeId other = key->id;
    other.bytes[0] ^= 1;
    EXPECT_EQ((co_await connect_as_client(env_, address, other, Secret("a secret"), deadline)).error().kind,
              ErrorKind::kDenied);

    co_await server.stop(10s);
    EXPECT_EQ((co_await (*connection)->call("Echo", "x", deadline)).error().kind, ErrorKind::kClosed);
    co_await (*connection)->close();
    auto nobody = co_await connect_as_client(env_, address, key->id, Secret("a secret"), deadline);
    EXPECT_EQ(nobody.error().kind, ErrorKind::kUnavailable);
  }

  env::posix::TestWorld world_;
  env::Env env_ = world_->env();
};

TEST_F(Loopback, AsksAndIsRefused) {
  world_.run(converse());
}

}  // namespace
}  // namespace garage::net

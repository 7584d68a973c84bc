#include "discovery/consul.hpp"

#include <gmock/gmock.h>

#include "discovery/testing/consul_api.hpp"

namespace garage::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConsulTest : public testing::ApiWorld {
 protected:
  ConsulTest() { serve(api_); }
  std::unique_ptr<Consul> make(ConsulApi api, std::vector<std::string> datacenters = {}) {
    return std::make_unique<Consul>(
        env_, self_,
        ConsulOptions{.api = api,
                      .endpoint = endpoint_,
                      .token = Secret("secret"),
                      .service = {.name = "garage", .tags = {"extra"}, .meta = {{"zone", "a"}}},
                      .datacenters = std::move(datacenters)});
  }
  Announcement here() { return {.id = self_, .hostname = "host", .ip = "10.1.2.3", .port = 3901}; }
  codec::Json row(char byte, const std::string& service_address) {
    return codec::Json::object(
        {{"Address", "192.168.1.1"},
         {"ServiceID", "x"},
         {"ServiceName", "garage"},
         {"ServiceAddress", service_address},
         {"ServicePort", 3901},
         {"ServiceMeta", codec::Json::object({{"fr-deuxfleurs-garagehq-pubkey", node(byte).hex()}})}});
  }

  NodeId self_ = node('s');
  testing::ConsulApi api_;
};

TEST_F(ConsulTest, RegistersInTheCatalogAndDeregisters) {
  api_.token = "secret";
  const auto consul = make(ConsulApi::kCatalog);
  ASSERT_TRUE(run(consul->publish(here())));
  const std::string id = "garage:" + self_.hex().substr(0, 16);
  EXPECT_EQ(api_.asked.back(), "PUT /v1/catalog/register");
  EXPECT_EQ(api_.bodies.back(),
            R"({"Node":")" + id + R"(","Address":"10.1.2.3","Service":{"ID":")" + id +
                R"(","Service":"garage","Tags":["advertised-by-garage","host","extra"],"Meta":{"zone":"a",)" +
                R"("fr-deuxfleurs-garagehq-pubkey":")" + self_.hex() +
                R"(","fr-deuxfleurs-garagehq-hostname":"host"},"Address":"10.1.2.3","Port":3901}})");
  EXPECT_EQ(api_.services.size(), 1u);
  ASSERT_TRUE(run(consul->withdraw()));
  EXPECT_EQ(api_.bodies.back(), R"({"Node":")" + id + R"(","ServiceID":")" + id + R"("})");
  EXPECT_TRUE(api_.services.empty());
}

TEST_F(ConsulTest, RegistersAtTheAgentAndDeregisters) {
  const auto consul = make(ConsulApi::kAgent);
  ASSERT_TRUE(run(consul->publish(here())));
  EXPECT_EQ(api_.asked.back(), "PUT /v1/agent/service/register?replace-existing-checks");
  EXPECT_THAT(api_.bodies.back(), HasSubstr(R"("Name":"garage","Tags":["advertised-by-garage","host","extra"])"));
  ASSERT_TRUE(run(consul->withdraw()));
  EXPECT_EQ(api_.asked.back(), "PUT /v1/agent/service/deregister/garage%3A" + self_.hex().substr(0, 16));
  EXPECT_TRUE(api_.services.empty());
}

TEST_F(ConsulTest, FindsOthersByTheAddressOfTheirService) {
  api_.put("a", row('a', "10.0.0.10"));
  api_.put("b", row('b', ""));
  api_.put("c", row('c', "fd00::3"));
  const auto consul = make(ConsulApi::kAgent);
  ASSERT_TRUE(run(consul->publish(here())));
  const auto found = run(consul->look_up());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->nodes,
              ElementsAre(FoundNode{node('a'), "10.0.0.10:3901"}, FoundNode{node('b'), "192.168.1.1:3901"},
                          FoundNode{node('c'), "[fd00::3]:3901"}));
}

TEST_F(ConsulTest, LooksInEachDatacenter) {
  api_.put("a", row('a', "10.0.0.10"), "one");
  api_.put("b", row('b', "10.0.0.11"), "two");
  api_.put("c", row('c', "10.0.0.12"));
  auto found = run(make(ConsulApi::kCatalog, {"one", "two"})->look_up());
  ASSERT_TRUE(found);
  EXPECT_THAT(found->nodes,
              ElementsAre(FoundNode{node('a'), "10.0.0.10:3901"}, FoundNode{node('b'), "10.0.0.11:3901"}));
  found = run(make(ConsulApi::kCatalog, {"one", "nowhere"})->look_up());
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("No path to datacenter"));
}

TEST_F(ConsulTest, EntriesThatMakeNoSenseAreLeftOut) {
  codec::Json no_id = row('a', "10.0.0.10"), name = row('b', "example.org"), port = row('c', "10.0.0.10");
  no_id.set("ServiceMeta", codec::Json::object());
  port.set("ServicePort", 0);
  api_.put("a", no_id);
  api_.put("b", name);
  api_.put("c", port);
  api_.put("d", row('d', "10.0.0.13"));
  const auto found = run(make(ConsulApi::kCatalog)->look_up());
  ASSERT_TRUE(found);
  EXPECT_THAT(found->nodes, ElementsAre(FoundNode{node('d'), "10.0.0.13:3901"}));
  EXPECT_EQ(found->unusable.size(), 3u);
}

TEST_F(ConsulTest, EntriesOfTheOldVersionAreUnderstood) {
  codec::Json old = row('a', "");
  old.set("ServiceMeta", codec::Json::object());
  old.set("NodeMeta", codec::Json::object({{"pubkey", node('a').hex()}}));
  api_.put("a", old);
  const auto found = run(make(ConsulApi::kCatalog)->look_up());
  ASSERT_TRUE(found);
  EXPECT_THAT(found->nodes, ElementsAre(FoundNode{node('a'), "192.168.1.1:3901"}));
}

TEST_F(ConsulTest, ARefusedTokenIsSaidWithoutShowingIt) {
  api_.token = "another";
  const auto refused = run(make(ConsulApi::kCatalog)->publish(here()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("Permission denied"));
  EXPECT_THAT(refused.error().message, ::testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace garage::discovery

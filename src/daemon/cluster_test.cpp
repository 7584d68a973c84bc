// Three whole nodes in the simulated world become one cluster: the same wiring as the program's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "daemon/node.hpp"
#include "kv/memory_store.hpp"
#include "net/client.hpp"
#include "runtime/task_group.hpp"
#include "sim/world.hpp"

namespace garage::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

const Secret kRpcSecret(std::string(32, 'r'));

struct Member {
  std::shared_ptr<kv::MemoryStore> store = std::make_shared<kv::MemoryStore>();
  sim::SimNode* machine = nullptr;
  Node* node = nullptr;
  std::string error;
  bool loses_files = false;
};

void remove_all_but_the_key(env::Disk& disk) {
  const auto names = disk.list("meta");
  for (const std::string& name : *names) {
    if (!name.starts_with("node_key")) EXPECT_TRUE(disk.remove("meta/" + name)) << name;
  }
}

Task<void> boot(Member* member, NodeParts parts) {
  auto built = co_await build_node(std::move(parts));
  if (!built) {
    member->error = built.error().message;
    co_return;
  }
  Node& node = member->machine->own(std::move(*built));
  if (auto listening = co_await node.listen(); !listening) member->error = listening.error().message;
  member->node = &node;
}

Task<std::string> ask(sim::SimNode* from, env::Address address, NodeId node, std::string operation,
                      std::string request) {
  auto env = from->env();
  const auto deadline = runtime::Loop::current()->now() + 30s;
  auto connection = co_await net::connect_as_client(env, address, node, kRpcSecret, deadline);
  if (!connection) co_return "<" + connection.error().message + ">";
  auto answer = co_await (*connection)->call(operation, request, deadline);
  co_await (*connection)->close();
  co_return answer ? *answer : "<" + answer.error().message + ">";
}

Task<void> ask_into(sim::SimNode* from, env::Address address, NodeId node, std::string operation, std::string request,
                    std::vector<std::string>* answers) {
  answers->push_back(co_await ask(from, std::move(address), node, std::move(operation), std::move(request)));
}

Task<std::vector<std::string>> ask_at_once(sim::SimNode* from, env::Address address, NodeId node, std::string operation,
                                           std::vector<std::string> requests) {
  std::vector<std::string> answers;
  runtime::TaskGroup asking;
  for (const std::string& request : requests) {
    asking.spawn(ask_into(from, address, node, operation, request, &answers));
  }
  co_await asking.join();
  co_return answers;
}

std::string bucket_id(const std::string& list) {
  const size_t at = list.find(R"("id":")");
  return at == std::string::npos ? "" : list.substr(at + 6, 2 * BucketId::kSize);
}

class ClusterTest : public testing::Test {
 protected:
  explicit ClusterTest(uint32_t copies = 3, bool connected = true) : replication_factor(copies) {
    for (Member& member : members) {
      member.machine = &world.add_node([this, &member](sim::SimNode& machine) { begin(member, machine); });
    }
    for (Member& member : members) await(member);
    if (connected) connect_all();
  }

  void connect_all() {
    EXPECT_THAT(ask_at(0, "ConnectClusterNodes", R"([")" + name_of(1) + R"(",")" + name_of(2) + R"("])"),
                Not(HasSubstr(R"("success":false)")));
    world.run_for(10s);
  }

  void begin(Member& member, sim::SimNode& machine) {
    config::Settings settings;
    settings.metadata_dir = "meta";
    settings.data_dir = {{.path = "data"}};
    settings.replication_factor = replication_factor;
    settings.rpc_bind_addr = machine.ip() + ":3901";
    settings.s3_api.s3_region = "garage";
    member.node = nullptr;
    if (std::exchange(member.loses_files, false)) remove_all_but_the_key(machine.disk());
    machine.spawn(boot(
        &member, {.env = machine.env(),
                  .settings = settings,
                  .secrets = {.rpc_secret = kRpcSecret, .admin_token = std::nullopt, .metrics_token = std::nullopt},
                  .flags = {},
                  .hostname = "sim",
                  .boot_id = "boot",
                  .commit_pool = machine.env().pools.disk,
                  .open_store = [&member]() -> Result<std::shared_ptr<kv::Store>> { return member.store; }}));
  }
  void await(Member& member) {
    EXPECT_TRUE(world.run_until([&] { return member.node || !member.error.empty(); }, 60s));
    EXPECT_EQ(member.error, "");
  }
  std::string address_of(size_t i) { return members[i].machine->ip() + ":3901"; }
  std::string name_of(size_t i) { return members[i].node->id().hex() + "@" + address_of(i); }
  std::string ask_at(size_t i, std::string operation, std::string request = "null") {
    return world
        .run(ask(&outside, {address_of(i)}, members[i].node->id(), std::move(operation), std::move(request)), 60s)
        .value_or("<no answer>");
  }
  std::string role_of(size_t i) {
    return R"({"id":")" + members[i].node->id().hex() + R"(","zone":"z)" + std::to_string(i) +
           R"(","capacity":1000000000,"tags":[]})";
  }
  // The first of them, or all, each in a zone of its own, and in force.
  void lay_out(size_t count = 3) {
    std::string roles;
    for (size_t i = 0; i < count; ++i) roles += (i ? "," : "") + role_of(i);
    EXPECT_THAT(ask_at(0, "UpdateClusterLayout", R"({"roles":[)" + roles + "]}"), HasSubstr(R"("stagedRoleChanges")"));
    EXPECT_THAT(ask_at(0, "ApplyClusterLayout", R"({"version":1})"), HasSubstr(R"("version":1)"));
    world.run_for(15s);
  }

  // Of a node that is not running: all but its key is gone when it starts.
  void lose_metadata(size_t i) {
    members[i].store = std::make_shared<kv::MemoryStore>();
    members[i].loses_files = true;
  }
  void restart(size_t i) {
    members[i].node = nullptr;
    members[i].machine->restart();
    await(members[i]);
  }

  const uint32_t replication_factor;
  sim::World world{11};
  std::array<Member, 3> members;
  sim::SimNode& outside = world.add_node();
};

TEST_F(ClusterTest, NodesFindEachOtherAndWaitForALayout) {
  for (size_t i = 0; i < members.size(); ++i) {
    const std::string status = ask_at(i, "GetClusterStatus");
    for (const Member& member : members) EXPECT_THAT(status, HasSubstr(member.node->id().hex()));
    EXPECT_THAT(status, HasSubstr(R"("isUp":true)"));
    EXPECT_THAT(status, Not(HasSubstr(R"("isUp":false)")));
  }
  // Nothing can be kept before people have said who keeps what.
  EXPECT_THAT(ask_at(1, "CreateBucket", R"({"globalAlias":"early"})"), HasSubstr("503"));
}

TEST_F(ClusterTest, ALayoutTravelsAndSettingsAreSeenEverywhere) {
  lay_out();
  for (size_t i = 0; i < members.size(); ++i) {
    EXPECT_THAT(ask_at(i, "GetClusterLayout"), HasSubstr(R"("version":1)")) << i;
  }
  EXPECT_THAT(ask_at(0, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("photos"));
  for (size_t i = 0; i < members.size(); ++i) {
    EXPECT_THAT(ask_at(i, "GetBucketInfo", R"({"globalAlias":"photos"})"), HasSubstr(R"("id":)")) << i;
  }
  // A name is taken once, whoever asks.
  EXPECT_THAT(ask_at(2, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("already"));
}

TEST_F(ClusterTest, TenChangesOfOneBucketAtATimeAllSucceed) {
  lay_out();
  ASSERT_THAT(ask_at(0, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("photos"));
  const std::string id = bucket_id(ask_at(0, "ListBuckets"));
  auto& network = world.links().faults();
  network.delay_shortest = network.delay_longest = 40ms;  // 80 there and back
  std::vector<std::string> requests;
  for (int i = 0; i < 10; ++i) {
    requests.push_back(R"({"bucketId":")" + id + R"(","globalAlias":"name-)" + std::to_string(i) + R"("})");
  }
  const auto answers =
      world.run(ask_at_once(&outside, {address_of(0)}, members[0].node->id(), "AddBucketAlias", requests), 120s);
  ASSERT_TRUE(answers);
  for (const std::string& answer : *answers) EXPECT_THAT(answer, HasSubstr(R"("ok")"));
  const std::string bucket = ask_at(1, "GetBucketInfo", R"({"globalAlias":"photos"})");
  for (int i = 0; i < 10; ++i) EXPECT_THAT(bucket, HasSubstr("name-" + std::to_string(i)));
}

TEST_F(ClusterTest, ACopyThatIsBehindDeniesNothing) {
  lay_out();
  const auto cut_off = [this](size_t i) {
    for (size_t other = 0; other < members.size(); ++other) {
      if (other != i) world.links().block_both(members[i].machine->index(), members[other].machine->index());
    }
  };
  cut_off(2);
  world.run_for(15s);
  ASSERT_THAT(ask_at(0, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("photos"));
  const std::string bucket = bucket_id(ask_at(0, "ListBuckets"));
  ASSERT_THAT(ask_at(0, "ImportKey", R"({"accessKeyId":"imported-1","secretAccessKey":"0123456789abcdef"})"),
              HasSubstr("imported-1"));
  const std::vector<std::pair<std::string, std::string>> questions = {
      {"GetBucketInfo", R"({"id":")" + bucket + R"("})"}, {"GetBucketInfo", R"({"globalAlias":"photos"})"},
      {"GetBucketInfo", R"({"search":"photos"})"},        {"GetKeyInfo", R"({"id":"imported-1"})"},
      {"GetKeyInfo", R"({"search":"imported-1"})"},       {"GetAdminTokenInfo", R"({"id":"0123"})"},
      {"GetAdminTokenInfo", R"({"search":"somebody"})"},  {"DeleteKey", R"({"id":"imported-1"})"},
  };
  for (const auto& [operation, request] : questions) {
    EXPECT_THAT(ask_at(2, operation, request), HasSubstr("503")) << operation << request;
  }
  world.links().heal();
  for (int i = 0; i < 12 && ask_at(2, "GetKeyInfo", R"({"id":"none"})").find("503") != std::string::npos; ++i) {
    world.run_for(5s);
  }
  EXPECT_THAT(ask_at(2, "GetKeyInfo", R"({"id":"none"})"), HasSubstr("404"));
  EXPECT_THAT(ask_at(2, "GetKeyInfo", R"({"id":"imported-1"})"), HasSubstr(R"("ok")"));
}

TEST_F(ClusterTest, OneNodeIsNotMissedAndCatchesUp) {
  lay_out();
  members[1].machine->kill();
  EXPECT_THAT(ask_at(0, "CreateBucket", R"({"globalAlias":"meanwhile"})"), HasSubstr("meanwhile"));
  EXPECT_THAT(ask_at(2, "GetBucketInfo", R"({"globalAlias":"meanwhile"})"), HasSubstr(R"("id":)"));
  EXPECT_THAT(ask_at(2, "GetClusterStatus"), HasSubstr(R"("isUp":false)"));
  // Two of three are needed.
  members[2].machine->kill();
  EXPECT_THAT(ask_at(0, "CreateBucket", R"({"globalAlias":"too-few"})"), HasSubstr("503"));
  members[1].machine->restart();
  members[2].machine->restart();
  await(members[1]);
  await(members[2]);
  world.run_for(30s);
  EXPECT_THAT(ask_at(1, "GetBucketInfo", R"({"globalAlias":"meanwhile"})"), HasSubstr(R"("id":)"));
  EXPECT_THAT(ask_at(1, "GetClusterStatus"), Not(HasSubstr(R"("isUp":false)")));
}

TEST_F(ClusterTest, ANodeWithoutItsMetadataHidesNoWrite) {
  lay_out();
  members[2].machine->kill();
  EXPECT_THAT(ask_at(0, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("photos"));
  members[0].machine->kill();
  members[1].machine->kill();
  lose_metadata(1);
  for (const size_t i : {1u, 2u}) restart(i);
  world.run_for(30s);
  // Two of three are here, but only the one that is away knows that the name is taken.
  EXPECT_THAT(ask_at(2, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("503"));
  EXPECT_THAT(ask_at(1, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("503"));
  for (const size_t i : {1u, 2u}) {
    EXPECT_THAT(ask_at(i, "GetClusterStatus"), HasSubstr("it was revoked")) << i;
    EXPECT_THAT(ask_at(i, "GetClusterHealth"), HasSubstr(R"("partitionsQuorum":0)")) << i;
  }
  restart(0);
  world.run_for(30s);
  EXPECT_THAT(ask_at(2, "GetBucketInfo", R"({"globalAlias":"photos"})"), HasSubstr(R"("id":)"));
  // Over a restart, too.
  members[1].machine->kill();
  restart(1);
  world.run_for(10s);
  EXPECT_THAT(ask_at(1, "CreateBucket", R"({"globalAlias":"other"})"), HasSubstr("503"));
}

TEST_F(ClusterTest, ANewDatabaseBesideAnOldLayoutIsALossAsWell) {
  lay_out();
  members[1].machine->kill();
  members[1].store = std::make_shared<kv::MemoryStore>();
  // Nobody is there to tell it.
  for (const size_t i : {0u, 2u}) members[i].machine->kill();
  restart(1);
  EXPECT_THAT(ask_at(1, "GetClusterStatus"), HasSubstr("it was revoked"));
}

TEST_F(ClusterTest, ANodeMayStartAnewBeforeItHasTakenPart) {
  const NodeId before = members[1].node->id();
  members[1].machine->kill();
  lose_metadata(1);
  restart(1);
  EXPECT_EQ(members[1].node->id(), before);
  world.run_for(10s);
  lay_out();
  EXPECT_THAT(ask_at(1, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("photos"));
  EXPECT_THAT(ask_at(1, "GetClusterHealth"), HasSubstr(R"("status":"healthy")"));
}

class SeparateTest : public ClusterTest {
 protected:
  SeparateTest() : ClusterTest(1, false) {}
};

TEST_F(SeparateTest, ClustersThatMeetStayApart) {
  for (const size_t i : {0u, 1u}) {
    ask_at(i, "UpdateClusterLayout", R"({"roles":[)" + role_of(i) + "]}");
    EXPECT_THAT(ask_at(i, "ApplyClusterLayout", R"({"version":1})"), HasSubstr(R"("version":1)"));
    world.run_for(5s);  // it waits for the clocks of others first, should there be any
    const std::string bucket = "of-" + std::to_string(i);
    EXPECT_THAT(ask_at(i, "CreateBucket", R"({"globalAlias":")" + bucket + R"("})"), HasSubstr(bucket));
  }
  connect_all();
  world.run_for(60s);
  for (const size_t i : {0u, 1u}) {
    EXPECT_THAT(ask_at(i, "ListBuckets"), HasSubstr("of-" + std::to_string(i)));
    EXPECT_THAT(ask_at(i, "ListBuckets"), Not(HasSubstr("of-" + std::to_string(1 - i))));
  }
  EXPECT_THAT(ask_at(0, "GetClusterStatus"), HasSubstr("another cluster"));
}

class TwoCopiesTest : public ClusterTest {
 protected:
  TwoCopiesTest() : ClusterTest(2) {}
};

TEST_F(TwoCopiesTest, ADeadOneIsReplacedByWhatTheOtherHas) {
  lay_out(2);
  EXPECT_THAT(ask_at(0, "CreateBucket", R"({"globalAlias":"photos"})"), HasSubstr("photos"));
  const std::string dead = members[1].node->id().hex();
  members[1].machine->kill();
  world.run_for(15s);
  const std::string leaves = R"(,{"id":")" + dead + R"(","remove":true}]})";
  EXPECT_THAT(ask_at(0, "UpdateClusterLayout", R"({"roles":[)" + role_of(2) + leaves), HasSubstr("stagedRoleChanges"));
  EXPECT_THAT(ask_at(0, "ApplyClusterLayout", R"({"version":2,"revoke":[")" + dead + R"("]})"),
              HasSubstr(R"("version":2)"));
  world.run_for(60s);
  EXPECT_THAT(ask_at(0, "GetClusterLayoutHistory"), HasSubstr(R"("waitingFor":null)"));
  for (const size_t i : {0u, 2u}) {
    EXPECT_THAT(ask_at(i, "GetBucketInfo", R"({"globalAlias":"photos"})"), HasSubstr(R"("id":)")) << i;
    EXPECT_THAT(ask_at(i, "CreateBucket", R"({"globalAlias":"since-)" + std::to_string(i) + R"("})"),
                HasSubstr("since-"))
        << i;
  }
}

}  // namespace
}  // namespace garage::daemon

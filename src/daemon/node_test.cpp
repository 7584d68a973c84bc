// A whole node in the simulated world: the same wiring as the program's.
#include "daemon/node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/messages.hpp"
#include "cli/peer_link.hpp"
#include "daemon/address_check.hpp"
#include "daemon/run_mark.hpp"
#include "env/small_file.hpp"
#include "http/client.hpp"
#include "kv/memory_store.hpp"
#include "net/client.hpp"
#include "sim/world.hpp"

namespace garage::daemon {
namespace {

using testing::HasSubstr;

constexpr std::string_view kKeyId = "GK31c2f218a2e44f485b94239e";
const Secret kRpcSecret(std::string(32, 'r'));

// What a life of the node came to.
struct Outcome {
  Node* node = nullptr;
  std::string error;
  bool stopped = false;
};

Task<void> boot(sim::SimNode* machine, NodeParts parts, Outcome* outcome) {
  if (auto free = check_addresses(parts.env.network, parts.settings); !free) {
    outcome->error = free.error().message;
    co_return;
  }
  auto built = co_await build_node(std::move(parts));
  if (!built) {
    outcome->error = built.error().message;
    co_return;
  }
  Node& node = machine->own(std::move(*built));
  auto listening = co_await node.listen();
  if (!listening) outcome->error = listening.error().message;
  outcome->node = &node;
}

Task<void> stop(Outcome* outcome) {
  co_await outcome->node->stop(1s);
  outcome->stopped = true;
}

// Asks an operation of the node through its peer port, as a command line on another machine would.
Task<std::string> ask(sim::SimNode* from, env::Address address, NodeId node, Secret secret, std::string operation,
                      std::string request) {
  auto env = from->env();
  const auto deadline = runtime::Loop::current()->now() + 10s;
  auto connection = co_await net::connect_as_client(env, address, node, secret, deadline);
  if (!connection) co_return "<" + connection.error().message + ">";
  auto answer = co_await (*connection)->call(operation, request, deadline);
  co_await (*connection)->close();
  co_return answer ? *answer : "<" + answer.error().message + ">";
}

Task<int> get_root(sim::SimNode* from, env::Address address) {
  auto env = from->env();
  http::ClientRequest request;
  auto response =
      co_await http::fetch(env.network, address, std::move(request), {}, runtime::Loop::current()->now() + 10s);
  co_return response ? response->status : 0;
}

// That of the disks with the data, which may hang.
class DataPool : public runtime::Pool {
 public:
  void run(runtime::Job job) override {
    ++jobs;
    if (hangs) return waiting_.push_back(std::move(job));
    under->run(std::move(job));
  }
  runtime::Pool* under = nullptr;
  size_t jobs = 0;
  bool hangs = false;

 private:
  std::vector<runtime::Job> waiting_;
};

class NodeTest : public testing::Test {
 protected:
  NodeTest() : machine(world.add_node([this](sim::SimNode& node) { begin(node); })), other(world.add_node()) {
    settings.metadata_dir = "meta";
    settings.data_dir = {{.path = "data"}};
    settings.replication_factor = 1;
    settings.rpc_bind_addr = "10.0.0.1:3901";
    settings.s3_api.s3_region = "garage";
    settings.s3_api.api_bind_addr = "10.0.0.1:3900";
    flags.single_node = true;
    flags.default_bucket = true;
    flags.access_key_id = std::string(kKeyId);
    flags.secret_key = Secret("0123456789abcdef");
    flags.bucket = "bench";
  }

  void begin(sim::SimNode& node) {
    data_pool.under = &node.env().pools.disk;
    settings.rpc_bind_addr = node.ip() + ":3901";
    settings.s3_api.api_bind_addr = node.ip() + ":3900";
    NodeParts parts{.env = node.env(),
                    .settings = settings,
                    .secrets = {.rpc_secret = kRpcSecret, .admin_token = std::nullopt, .metrics_token = std::nullopt},
                    .flags = flags,
                    .hostname = "sim",
                    .boot_id = "boot",
                    .commit_pool = node.env().pools.disk,
                    .data_pool = &data_pool,
                    .open_store = [this]() -> Result<std::shared_ptr<kv::Store>> { return store; }};
    outcome = {};
    node.spawn(boot(&node, std::move(parts), &outcome));
  }
  // Until the node is there, or has given up.
  std::string start() {
    if (world.now() > 0s) {
      if (machine.alive()) machine.kill();
      machine.restart();
    }
    return await_outcome();
  }
  std::string await_outcome() {
    outcome = {};
    EXPECT_TRUE(world.run_until([this] { return outcome.node || !outcome.error.empty(); }, 60s));
    return outcome.error;
  }
  std::string ask_node(std::string operation, std::string request = "null", Secret secret = kRpcSecret) {
    return world
        .run(ask(&other, {machine.ip() + ":3901"}, outcome.node->id(), std::move(secret), std::move(operation),
                 std::move(request)))
        .value_or("<no answer>");
  }

  sim::World world{7};
  config::Settings settings;
  StartFlags flags;
  std::shared_ptr<kv::MemoryStore> store = std::make_shared<kv::MemoryStore>();
  Outcome outcome;
  DataPool data_pool;
  sim::SimNode& machine;
  sim::SimNode& other;
};

TEST_F(NodeTest, FirstStartSetsEverythingUp) {
  ASSERT_EQ(start(), "");
  EXPECT_THAT(ask_node("GetClusterHealth"), HasSubstr(R"("status":"healthy")"));
  EXPECT_THAT(ask_node("GetClusterLayout"), HasSubstr(R"("version":1,"roles":[{"id":")" + outcome.node->id().hex() +
                                                      R"(","zone":"dc1","tags":["default"])"));
  const std::string bucket = ask_node("GetBucketInfo", R"({"globalAlias": "bench"})");
  EXPECT_THAT(bucket, HasSubstr(R"("accessKeyId":")" + std::string(kKeyId) + R"(","name":"default access key")"));
  EXPECT_THAT(bucket, HasSubstr(R"({"read":true,"write":true,"owner":true})"));
  EXPECT_THAT(ask_node("GetKeyInfo", R"({"search": "default access key"})"), HasSubstr(R"("createBucket":true)"));
  EXPECT_EQ(world.run(get_root(&other, {machine.ip() + ":3900"})), 403);
}

TEST_F(NodeTest, ADataDiskThatHangsLeavesTheMetadataAlone) {
  ASSERT_EQ(start(), "");
  EXPECT_GT(data_pool.jobs, 0u) << "the data directories were opened there";
  data_pool.hangs = true;
  store->set_cold(true);
  EXPECT_THAT(ask_node("GetBucketInfo", R"({"globalAlias": "bench"})"), HasSubstr("default access key"));
  EXPECT_EQ(world.run(get_root(&other, {machine.ip() + ":3900"})), 403);
}

TEST_F(NodeTest, HowFullADataDiskIsIsAskedOnceHoweverLongItHangs) {
  ASSERT_EQ(start(), "");
  const auto shown = [&] { return world.run(outcome.node->metrics().scrape()).value_or("<nothing>"); };
  EXPECT_THAT(shown(), HasSubstr(R"(garage_local_disk_total{volume="data"})"));
  data_pool.hangs = true;
  const size_t jobs = data_pool.jobs;
  for (int i = 0; i < 20; ++i) {
    const std::string text = shown();
    EXPECT_THAT(text, HasSubstr(R"(garage_local_disk_total{volume="data"})")) << "as it was last";
    EXPECT_THAT(text, HasSubstr(R"(garage_local_disk_total{volume="metadata"})"));
    EXPECT_THAT(ask_node("GetClusterStatus"), HasSubstr("dataPartition"));
  }
  world.run_for(60s);  // of telling the other nodes
  EXPECT_EQ(data_pool.jobs - jobs, 1u);
  store->set_cold(true);
  EXPECT_THAT(ask_node("GetBucketInfo", R"({"globalAlias": "bench"})"), HasSubstr("default access key"));
}

TEST_F(NodeTest, ThePeerPortKnowsTheSecretAndTheOperations) {
  ASSERT_EQ(start(), "");
  EXPECT_THAT(ask_node("ListKeys", "null", Secret(std::string(32, 'x'))), HasSubstr("secret differs"));
  EXPECT_THAT(ask_node("Nope"), HasSubstr("Unknown API endpoint: Nope"));
  EXPECT_THAT(ask_node("ListKeys", "{"), HasSubstr("Invalid JSON"));
}

// The command line's own way in.
TEST_F(NodeTest, PeerLinkFindsTheDaemonOrSaysWhyNot) {
  ASSERT_EQ(start(), "");
  const NodeId id = outcome.node->id();
  const auto call = [&](std::string address, Secret secret, std::string operation) -> std::string {
    cli::PeerLink link(other.env(), {id, {"10.0.9.9:1", std::move(address)}}, std::move(secret), std::nullopt,
                       [this](Task<Result<std::string>> task) { return world.run(std::move(task)).value(); });
    auto answer = link.call(operation, codec::Json());
    return answer ? codec::to_json(*answer) : answer.error().code + ": " + answer.error().message;
  };
  const std::string address = machine.ip() + ":3901";
  EXPECT_THAT(call(address, kRpcSecret, "ListBuckets"), HasSubstr(R"("globalAliases":["bench"])"));
  EXPECT_EQ(call(address, kRpcSecret, "Nope"), "InvalidRequest: Bad request: Unknown API endpoint: Nope");
  machine.kill();
  // Of several addresses the first is the one that should have worked.
  EXPECT_THAT(call(address, kRpcSecret, "ListBuckets"), HasSubstr(": Unable to reach the garage daemon at 10.0.9.9:1"));
  EXPECT_THAT(call(address, kRpcSecret, "ListBuckets"), HasSubstr("Is `garage server` running there?"));
}

TEST_F(NodeTest, KilledAndStartedAgainItIsTheSame) {
  ASSERT_EQ(start(), "");
  const NodeId id = outcome.node->id();
  const std::string buckets = ask_node("ListBuckets");
  ASSERT_EQ(start(), "");
  EXPECT_EQ(outcome.node->id(), id);
  EXPECT_EQ(ask_node("ListBuckets"), buckets);
  EXPECT_THAT(ask_node("GetClusterLayout"), HasSubstr(R"("version":1)"));
}

TEST_F(NodeTest, StopsInOrderAndCanBeStartedAgain) {
  ASSERT_EQ(start(), "");
  machine.spawn(stop(&outcome));
  ASSERT_TRUE(world.run_until([this] { return outcome.stopped; }, 60s));
  EXPECT_EQ(world.run(get_root(&other, {machine.ip() + ":3900"})), 0);
  ASSERT_EQ(start(), "");
}

// The next start is to tell, after a power cut, that something may be missing.
TEST_F(NodeTest, AStopThatCouldNotSyncIsNotMarkedAsClean) {
  settings.metadata_fsync = false;
  for (const bool fails : {false, true}) {
    ASSERT_EQ(start(), "");
    ask_node("CreateKey", R"({"name": "one more"})");
    if (fails) store->fail_next_writes(ErrorKind::kIo, 1000);
    machine.spawn(stop(&outcome));
    ASSERT_TRUE(world.run_until([this] { return outcome.stopped; }, 60s));
    store->fail_next_writes(ErrorKind::kIo, 0);
    EXPECT_EQ(begin_run(machine.disk(), "meta", "another boot").value(),
              fails ? LastRun::kMachineEnded : LastRun::kClean);
  }
}

TEST_F(NodeTest, ALaterLayoutMakesTheFlagFatal) {
  ASSERT_EQ(start(), "");
  ask_node("UpdateClusterLayout",
           R"({"roles": [{"id": ")" + outcome.node->id().hex() + R"(", "zone": "z", "capacity": 5000000}]})");
  EXPECT_THAT(ask_node("ApplyClusterLayout", R"({"version": 2})"), HasSubstr(R"("ok")"));
  EXPECT_EQ(start(),
            "Refusing to run in single-node mode: layout version is already superior to 1. Remove the --single-node "
            "flag to run the server "
            "in full mode.");
  flags = {};
  EXPECT_EQ(start(), "");
}

TEST_F(NodeTest, ADefaultKeyIsOnlyCompared) {
  ASSERT_EQ(start(), "");
  ask_node("UpdateKey",
           R"({"id": ")" + std::string(kKeyId) + R"(", "name": "renamed", "deny": {"createBucket": true}})");
  ASSERT_EQ(start(), "");
  EXPECT_THAT(ask_node("GetKeyInfo", R"({"search": "renamed"})"), HasSubstr(R"("createBucket":false)"));
  flags.secret_key = Secret("another secret key");
  EXPECT_EQ(start(),
            "Access key GK31c2f218a2e44f485b94239e is associated with a secret key different than the one given in "
            "GARAGE_DEFAULT_SECRET_KEY");
  flags.secret_key = Secret("0123456789abcdef");
  ASSERT_EQ(start(), "");
  ask_node("DeleteKey", R"({"id": ")" + std::string(kKeyId) + R"("})");
  EXPECT_EQ(start(), "Access key GK31c2f218a2e44f485b94239e was deleted in the cluster, cannot add it back");
}

TEST_F(NodeTest, BadDefaultsAreRefused) {
  flags.access_key_id = "short";
  EXPECT_EQ(start(),
            "Invalid default access key: Invalid key format: Key identifiers should be at least 8 characters long");
  flags.access_key_id = std::string(kKeyId);
  flags.bucket = "No";
  EXPECT_EQ(start(), "Invalid default bucket name, see S3 specification for allowed bucket names.");
  flags.bucket = "bench";
  EXPECT_EQ(start(), "");
}

TEST_F(NodeTest, ADamagedLayoutStopsTheNode) {
  ASSERT_EQ(start(), "");
  machine.kill();
  machine.restart();
  ASSERT_TRUE(env::replace_file(machine.disk(), "meta/cluster_layout", "damaged", 0600));
  EXPECT_THAT(await_outcome(), HasSubstr("The node does not start"));
}

TEST_F(NodeTest, AnAddressThatIsTakenIsNamed) {
  settings.s3_api.api_bind_addr = "10.0.0.1:3900";
  ASSERT_EQ(start(), "");
  // The same process, still running, holds the addresses.
  auto env = machine.env();
  runtime::Loop::Scope scope(&machine.loop());
  config::Settings again = settings;
  EXPECT_THAT(check_addresses(env.network, again).error().message, HasSubstr("change `rpc_bind_addr`"));
  again.rpc_bind_addr = machine.ip() + ":4901";
  EXPECT_THAT(check_addresses(env.network, again).error().message, HasSubstr("change `s3_api.api_bind_addr`"));
  again.s3_api.api_bind_addr = again.rpc_bind_addr;
  EXPECT_THAT(check_addresses(env.network, again).error().message, HasSubstr(machine.ip() + ":4901"));
  again.s3_api.api_bind_addr = machine.ip() + ":4900";
  EXPECT_TRUE(check_addresses(env.network, again));
}

}  // namespace
}  // namespace garage::daemon

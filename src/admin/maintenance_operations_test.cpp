// ListWorkers and its kin, LaunchRepairOperation, and the operations about blocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/testing/admin_node.hpp"
#include "block/hints.hpp"
#include "block/reference.hpp"
#include "block/replicas.hpp"
#include "block/testing/cluster.hpp"

namespace garage::admin {
namespace {

using testing::AdminNode;
using ::testing::HasSubstr;

class OneNode final : public block::BlockPlacement {
 public:
  explicit OneNode(NodeId id) : id_(id) {}
  block::BlockSets sets_for(const BlockHash&) const override { return {{id_}, 1, {id_}}; }

 private:
  const NodeId id_;
};

class FakeMaintenance final : public Maintenance {
 public:
  explicit FakeMaintenance(AdminNode& node)
      : placement_(node.facts.id),
        caller_(board_, node.facts.id),
        holder_(*node.env, node.machine.store, node.node.node.commits, *node.node.node.blocks),
        hints_(*node.env, node.machine.store, node.node.node.commits, caller_, [](const NodeId&) { return true; }),
        replicas_(node.facts.id, *node.env, &holder_, caller_, placement_, hints_),
        resync_(node.facts.id, *node.env, node.machine.store, node.node.node.commits, holder_, replicas_, placement_) {
    workers_.add("one", [] { return runtime::WorkerStatus(); });
    workers_.add("two", [] {
      runtime::WorkerStatus out{.state = runtime::WorkerState::kBusy, .errors = 2};
      out.last_error = {"no", MonotonicTime()};
      out.queue_length = 7;
      return out;
    });
    workers_.add_variable({.name = "speed", .get = [this] { return speed; }, .set = nullptr});
  }
  const runtime::Workers& workers() const override { return workers_; }
  block::Resync& resync() override { return resync_; }
  Hints hints() const override { return {}; }
  Task<Result<void>> launch(Repair repair) override {
    launched.push_back(repair);
    co_return Result<void>();
  }
  Task<Result<void>> set_variable(std::string name, std::string value) override {
    if (name != "speed") co_return fail(ErrorKind::kNotFound, "variable does not exist");
    speed = value;
    co_return Result<void>();
  }

  std::vector<Repair> launched;
  std::string speed = "slow";

 private:
  OneNode placement_;
  block::testing::Switchboard board_;
  block::testing::DirectCaller caller_;
  block::Holder holder_;
  block::Hints hints_;
  block::Replicas replicas_;
  block::Resync resync_;
  runtime::Workers workers_;
};

class MaintenanceOperations : public ::testing::Test {
 protected:
  MaintenanceOperations() { node.context->maintenance = &maintenance; }
  // The answer of this node, or its error.
  std::string here(const std::string& operation, const std::string& body = "{}") {
    const Json answers = node.good(operation, R"({"node": "self", "body": )" + body + "}");
    const Json* good = answers.find("success")->find(node.facts.id.hex());
    return good != nullptr ? codec::to_json(*good)
                           : "Error: " + AdminNode::text(*answers.find("error"), node.facts.id.hex());
  }

  AdminNode node;
  FakeMaintenance maintenance{node};
};

TEST_F(MaintenanceOperations, WorkersAreListed) {
  const std::string all = here("ListWorkers");
  EXPECT_THAT(all,
              HasSubstr(R"("id":1,"name":"one","state":"idle","errors":0,"consecutiveErrors":0,"lastError":null)"));
  EXPECT_THAT(all, HasSubstr(R"("name":"two","state":"busy","errors":2)"));
  EXPECT_THAT(all, HasSubstr(R"("queueLength":7)"));
  for (const char* only : {R"({"busyOnly": true})", R"({"errorOnly": true})"}) {
    const std::string some = here("ListWorkers", only);
    EXPECT_THAT(some, HasSubstr("two"));
    EXPECT_THAT(some, Not(HasSubstr("one")));
  }
  EXPECT_THAT(here("GetWorkerInfo", R"({"id": 2})"), HasSubstr(R"("message":"no")"));
  EXPECT_EQ(here("GetWorkerInfo", R"({"id": 3})"), "Error: NoSuchWorker (404): Worker not found: 3");
}

TEST_F(MaintenanceOperations, VariablesAreReadAndSet) {
  EXPECT_EQ(here("GetWorkerVariable"), R"({"speed":"slow"})");
  EXPECT_EQ(here("GetWorkerVariable", R"({"variable": "colour"})"),
            "Error: InvalidRequest (400): Bad request: variable does not exist");
  EXPECT_EQ(here("SetWorkerVariable", R"({"variable": "speed", "value": "fast"})"),
            R"({"variable":"speed","value":"fast"})");
  EXPECT_EQ(here("GetWorkerVariable", R"({"variable": "speed"})"), R"({"speed":"fast"})");
  EXPECT_EQ(here("SetWorkerVariable", R"({"variable": "x", "value": "y"})"),
            "Error: InvalidRequest (400): Bad request: variable does not exist");
  for (const char* unbuilt : {"scrub-last-completed", "scrub-tranquility", "lifecycle-last-completed"}) {
    const std::string variable = R"({"variable": ")" + std::string(unbuilt) + "\"";
    EXPECT_EQ(here("GetWorkerVariable", variable + "}"),
              "Error: NotImplemented (501): the variable " + std::string(unbuilt) + " is not built yet");
    EXPECT_EQ(here("SetWorkerVariable", variable + R"(, "value": "1"})"),
              "Error: NotImplemented (501): the variable " + std::string(unbuilt) + " is not built yet");
  }
}

TEST_F(MaintenanceOperations, RepairsAreLaunched) {
  for (const char* type : {"tables", "blocks", "blockRefs", "blockRc"}) {
    EXPECT_EQ(here("LaunchRepairOperation", std::string(R"({"repairType": ")") + type + R"("})"), "null");
  }
  EXPECT_EQ(maintenance.launched.size(), 4u);
  EXPECT_THAT(here("LaunchRepairOperation", R"({"repairType": "versions"})"), HasSubstr("not built yet"));
  EXPECT_THAT(here("LaunchRepairOperation", R"({"repairType": {"scrub": "start"}})"), HasSubstr("not built yet"));
  EXPECT_THAT(here("LaunchRepairOperation", R"({"repairType": "magic"})"), HasSubstr("none of the repairs"));
  EXPECT_EQ(maintenance.launched.size(), 4u);
}

TEST_F(MaintenanceOperations, ABlockIsShownAndPurged) {
  const auto bucket = node.node.make_bucket("bucket");
  ASSERT_TRUE(node.node.put(bucket, "some/key", object::testing::noise(1, 8192)));
  const std::string hash = block::testing::hash_of(object::testing::noise(1, 8192)).hex();
  EXPECT_THAT(here("GetBlockInfo", R"({"blockHash": "abc"})"), HasSubstr("at least 4"));
  EXPECT_THAT(here("GetBlockInfo", R"({"blockHash": "00000000"})"), HasSubstr("Block not found"));
  const std::string block = here("GetBlockInfo", R"({"blockHash": ")" + hash.substr(0, 8) + R"("})");
  EXPECT_THAT(block, HasSubstr(R"("blockHash":")" + hash + R"(","refcount":1)"));
  std::string upper = hash;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(here("GetBlockInfo", R"({"blockHash": ")" + upper + R"("})"), block);
  EXPECT_THAT(block, HasSubstr(R"("versionDeleted":false)"));
  EXPECT_THAT(block, HasSubstr(R"("key":"some/key")"));
  EXPECT_THAT(block, HasSubstr(bucket.id.hex()));

  EXPECT_EQ(here("ListBlockErrors"), "[]");
  EXPECT_EQ(here("RetryBlockResync", R"({"all": true})"), R"({"count":0})");
  EXPECT_THAT(here("RetryBlockResync", R"({"all": false})"), HasSubstr("must be true"));
  EXPECT_THAT(here("RetryBlockResync", R"({"blockHashes": [")" + hash + R"("]})"), HasSubstr("no error is recorded"));

  // What this node holds nothing of is another one's to purge.
  const std::string elsewhere(64, '0');
  EXPECT_THAT(here("PurgeBlocks", R"([")" + elsewhere + R"("])"), HasSubstr("NoSuchBlock (404)"));
  EXPECT_EQ(here("PurgeBlocks", R"([")" + elsewhere + R"(", ")" + hash + R"("])"),
            R"({"blocksPurged":1,"objectsDeleted":1,"uploadsDeleted":0,"versionsDeleted":1,"blockRefsPurged":1})");
  EXPECT_EQ(node.node.get(bucket, "some/key"), "<none>");
  node.node.collect();
  EXPECT_EQ(node.node.rows(node.machine, kv::Family::kBlockRef), 0u);
}

}  // namespace
}  // namespace garage::admin

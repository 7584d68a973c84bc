// worker, block, repair
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing/fake_link.hpp"

namespace garage::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kA = "30f99aea28599fd0" + std::string(48, '0');
const std::string kB = "3d9c6848e03d1636" + std::string(48, '0');
const std::string kHash = "c0ffee" + std::string(58, '1');

const std::string kHalf = R"({"success": {")" + kA + R"(": {}}, "error": {")" + kB + R"(": "no connection"}})";

class WorkerCommands : public testing::CommandTest {
 protected:
  static std::string here(const std::string& answer) {
    return R"({"success": {")" + kA + R"(": )" + answer + R"(}, "error": {}})";
  }
};

TEST_F(WorkerCommands, ListShowsBusyOnesFirst) {
  link.expect("ListWorkers", here(R"([
    {"id": 1, "name": "Block resync worker #1", "state": "idle", "errors": 0, "consecutiveErrors": 0, "lastError": null,
     "tranquility": 2, "progress": null, "queueLength": 0, "persistentErrors": 0, "freeform": []},
    {"id": 2, "name": "table sync", "state": {"throttled": {"durationSecs": 0.5}}, "errors": 3, "consecutiveErrors": 1,
     "lastError": {"message": "no", "secsAgo": 65}, "tranquility": null, "progress": "4 rounds", "queueLength": null,
     "persistentErrors": null, "freeform": []}])"));
  EXPECT_EQ(run(run_worker_list),
            "TID  State  Name                    Tranq  Done      Queue  Errors  Consec  Last\n"
            "2    Busy*  table sync              -      4 rounds  -      3       1       1 minute ago\n"
            "1    Idle   Block resync worker #1  2      -         0      -       -       -\n");
  EXPECT_THAT(link.asked, ElementsAre(R"(ListWorkers {"node":"self","body":{"busyOnly":false,"errorOnly":false}})"));
}

TEST_F(WorkerCommands, InfoShowsTheLastError) {
  give("worker", "2");
  link.expect("GetWorkerInfo", here(R"({"id": 2, "name": "table sync", "state": "busy", "errors": 1,
     "consecutiveErrors": 1, "lastError": {"message": "no quorum", "secsAgo": 4}, "tranquility": null,
     "progress": null, "queueLength": 7, "persistentErrors": null, "freeform": ["two rows pushed"]})"));
  EXPECT_EQ(run(run_worker_info),
            "Task id:           2\n"
            "Worker name:       table sync\n"
            "Worker state:      Busy\n"
            "Total errors:      1\n"
            "Consecutive errs:  1\n"
            "Last error:        no quorum\n"
            "Last error time:   4 seconds ago\n"
            "Queue length:      7\n"
            "Message:           two rows pushed\n");
}

TEST_F(WorkerCommands, AWorkerThatIsNotThereIsAnError) {
  give("worker", "99");
  link.expect("GetWorkerInfo", R"({"success": {}, "error": {")" + kA + R"(": "Worker not found: 99"}})");
  EXPECT_EQ(run(run_worker_info), "Error: Worker not found: 99");
}

TEST_F(WorkerCommands, VariablesOfAllNodes) {
  give("variable", "resync-tranquility");
  give("all-nodes");
  link.expect("GetWorkerVariable", R"({"success": {")" + kA + R"(": {"resync-tranquility": "2"}}, "error": {")" + kB +
                                       R"(": "no connection"}})");
  EXPECT_EQ(run(run_worker_get), "30f99aea28599fd0  resync-tranquility  2\nError: 1 of 2 nodes failed");
  EXPECT_EQ(session.err, "3d9c6848e03d1636  Error: no connection\n");
}

TEST_F(WorkerCommands, AVariableIsSet) {
  give("variable", "resync-tranquility");
  give("value", "0");
  link.expect("SetWorkerVariable", here(R"({"variable": "resync-tranquility", "value": "0"})"));
  EXPECT_EQ(run(run_worker_set), "30f99aea28599fd0  resync-tranquility  0\n");
  give("all-nodes");
  link.expect("SetWorkerVariable", kHalf);
  EXPECT_THAT(run(run_worker_set), HasSubstr("Error: 1 of 2 nodes failed"));
}

TEST_F(WorkerCommands, OneFailureIsSaidOnce) {
  give("variable", "nonsense");
  for (const auto& command : {run_worker_get, run_worker_set}) {
    session.err.clear();
    link.expect(command == run_worker_get ? "GetWorkerVariable" : "SetWorkerVariable",
                R"({"success": {}, "error": {"30": "variable does not exist"}})");
    EXPECT_EQ(run(command), "Error: variable does not exist");
    EXPECT_EQ(session.err, "");
  }
}

TEST_F(WorkerCommands, BlocksWithErrors) {
  link.expect("ListBlockErrors",
              here(R"([{"blockHash": ")" + kHash +
                   R"(", "refcount": 1, "errorCount": 2, "lastTrySecsAgo": 4, "nextTryInSecs": 55}])"));
  EXPECT_EQ(run(run_block_list_errors), "Hash" + std::string(62, ' ') + "RC  Errors  Last error     Next try\n" +
                                            kHash + "  1   2       4 seconds ago  in 55 seconds\n");
}

TEST_F(WorkerCommands, ABlockAndItsReferences) {
  give("hash", "c0ff");
  link.expect("GetBlockInfo", here(R"({"blockHash": ")" + kHash + R"(", "refcount": 2, "versions": [
    {"versionId": "aa", "refDeleted": false, "versionDeleted": false, "garbageCollected": false,
     "backlink": {"object": {"bucketId": "bb", "key": "k"}}},
    {"versionId": "cc", "refDeleted": false, "versionDeleted": true, "garbageCollected": false,
     "backlink": {"upload": {"uploadId": "dd", "uploadDeleted": true, "uploadGarbageCollected": false,
                             "bucketId": "bb", "key": "l"}}}]})"));
  const std::string out = run(run_block_info);
  EXPECT_THAT(out, HasSubstr("Refcount:    2\n"));
  EXPECT_THAT(out, HasSubstr("active   aa       bb      k"));
  EXPECT_THAT(out, HasSubstr("deleted  cc       bb      l    dd"));
  EXPECT_THAT(out, HasSubstr("repair --yes block-refs"));
  EXPECT_THAT(out, ::testing::Not(HasSubstr("more references")));
  link.expect("GetBlockInfo",
              here(R"({"blockHash": ")" + kHash + R"(", "refcount": 2, "versions": [], "cutOff": true})"));
  EXPECT_THAT(run(run_block_info), HasSubstr("There are more references than were looked at.\n"));
}

TEST_F(WorkerCommands, RetryNeedsAllOrSome) {
  EXPECT_THAT(run(run_block_retry_now), HasSubstr("Error: Give either"));
  give("hash", kHash);
  link.expect("RetryBlockResync", here(R"({"count": 1})"));
  EXPECT_THAT(run(run_block_retry_now), HasSubstr("1 blocks returned in queue"));
  give("all");
  EXPECT_THAT(run(run_block_retry_now), HasSubstr("Error: Give either"));
}

TEST_F(WorkerCommands, PurgeAsksFirst) {
  give("hash", kHash);
  EXPECT_THAT(run(run_block_purge), HasSubstr("Error: Every object"));
  give("yes");
  link.expect("PurgeBlocks", here(R"({"blocksPurged": 1, "objectsDeleted": 2, "uploadsDeleted": 0,
     "versionsDeleted": 2, "blockRefsPurged": 3})"));
  EXPECT_THAT(run(run_block_purge), HasSubstr("Objects deleted:    2\n"));
  EXPECT_THAT(link.asked, ElementsAre(R"(PurgeBlocks {"node":"self","body":[")" + kHash + R"("]})"));
}

TEST_F(WorkerCommands, RepairsAreLaunchedOrNotBuilt) {
  give("what", "block-refs");
  EXPECT_EQ(run(run_repair), "Error: Please add --yes to start the repair");
  give("yes");
  link.expect("LaunchRepairOperation", here("null"));
  EXPECT_EQ(run(run_repair), "30f99aea28599fd0  Repair launched\n");
  give("all-nodes");
  link.expect("LaunchRepairOperation", kHalf);
  EXPECT_EQ(run(run_repair),
            "30f99aea28599fd0  Repair launched\n3d9c6848e03d1636  Error: no connection\nError: 1 of 2 nodes failed");
  session.arguments = {};
  give("what", "versions");
  give("yes");
  EXPECT_EQ(run(run_repair), "Error: repair versions is not built yet");
  session.arguments = {};
  give("what", "all-my-problems");
  EXPECT_EQ(
      run(run_repair),
      "Error: 'all-my-problems' is none of the repairs: tables, blocks, block-refs, block-rc, clear-resync-queue, "
      "versions, mpu, aliases, rebalance, scrub");
}

TEST_F(WorkerCommands, RepairsAreTakenInTheirOlderSpellingToo) {
  give("what", "block_refs"), give("yes");
  link.expect("LaunchRepairOperation", here("null"));
  EXPECT_EQ(run(run_repair), "30f99aea28599fd0  Repair launched\n");
  EXPECT_THAT(link.asked.back(), HasSubstr(R"("blockRefs")"));
}

}  // namespace
}  // namespace garage::cli

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/node_identity.hpp"
#include "cli/target.hpp"
#include "cli/testing/fake_link.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"
#include "sim/disk.hpp"
#include "sim/random.hpp"

namespace garage::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kKey =
    R"({"accessKeyId": "GK31", "created": "2025-06-14T10:11:12.345Z", "name": "app1", "expiration": null, "expired": false,
  "permissions": {"createBucket": true}, "buckets": [
    {"id": "9f3c000011112222333", "globalAliases": ["media"], "localAliases": ["m"], "permissions": {"read": true, "write": true, "owner": false}}]})";
const std::string kSecretKey =
    R"({"accessKeyId": "GK31", "secretAccessKey": "abc123", "created": "2025-06-14T10:11:12Z", "name": "app1",
  "expiration": "2025-07-01T00:00:00Z", "expired": true, "permissions": {"createBucket": false}, "buckets": []})";
const std::string kKeyText =
    "==== ACCESS KEY INFORMATION ====\n"
    "Key ID:              GK31\n"
    "Key name:            app1\n"
    "Secret key:          (redacted)\n"
    "Created:             2025-06-14 12:11:12.345 +02:00\n"
    "Validity:            valid\n"
    "Expiration:          never\n"
    "\n"
    "Can create buckets:  true\n"
    "\n"
    "==== BUCKETS FOR THIS KEY ====\n"
    "Permissions  ID                Global aliases  Local aliases\n"
    "RW           9f3c000011112222  media           m\n";

class KeyCommands : public testing::CommandTest {};

TEST_F(KeyCommands, JsonIsTheWholeAnswerOfOneOperation) {
  session.json_operation = "ListKeys";
  link.expect("ListKeys", R"([{"id": "1"}, {"id": "2"}])");
  link.expect("ListKeys", R"([{"id": "3"}])");
  link.expect("ListKeys", "[]");
  run(run_key_list);
  EXPECT_EQ(codec::to_json(*session.json_answer), R"([{"id":"1"},{"id":"2"},{"id":"3"}])");
  session.json_operation = "GetKeyInfo";
  session.json_answer.reset();
  link.expect("GetKeyInfo", kKey);
  give("key", "GK31");
  run(run_key_info);
  EXPECT_EQ(*session.json_answer, codec::parse_json(kKey).value());
}

TEST_F(KeyCommands, InfoHidesTheSecret) {
  give("key", "app1");
  link.expect("GetKeyInfo", kKey);
  EXPECT_EQ(run(run_key_info), kKeyText);
  EXPECT_EQ(link.asked.back(), R"(GetKeyInfo {"search":"app1","showSecretKey":false})");
  give("show-secret");
  link.expect("GetKeyInfo", kSecretKey);
  EXPECT_EQ(run(run_key_info),
            "==== ACCESS KEY INFORMATION ====\n"
            "Key ID:              GK31\n"
            "Key name:            app1\n"
            "Secret key:          abc123\n"
            "Created:             2025-06-14 12:11:12 +02:00\n"
            "Validity:            EXPIRED\n"
            "Expiration:          2025-07-01 02:00:00 +02:00\n"
            "\n"
            "Can create buckets:  false\n"
            "\n"
            "==== BUCKETS FOR THIS KEY ====\n"
            "Permissions  ID  Global aliases  Local aliases\n");
}

TEST_F(KeyCommands, InfoForScripts) {
  give("key", "app1"), give("secret-key");
  link.expect("GetKeyInfo", kSecretKey);
  EXPECT_EQ(run(run_key_info), "abc123\n");
  give("key-id");
  link.expect("GetKeyInfo", kKey);
  EXPECT_EQ(run(run_key_info), "GK31\n");
  EXPECT_EQ(link.asked.back(), R"(GetKeyInfo {"search":"app1","showSecretKey":false})");
}

TEST_F(KeyCommands, ExportEnv) {
  give("key", "app1");
  link.expect("GetKeyInfo", kSecretKey);
  EXPECT_EQ(run(run_key_export_env),
            "AWS_ACCESS_KEY_ID=GK31\nAWS_SECRET_ACCESS_KEY=abc123\nAWS_DEFAULT_REGION='garage'\n");
  config::Settings settings;
  settings.s3_api.s3_region = "eu";
  settings.s3_api.public_endpoint = "https://s3.example.com";
  session.settings = &settings;
  give("prefix", "P_");
  link.expect("GetKeyInfo", kSecretKey);
  EXPECT_EQ(run(run_key_export_env),
            "P_ACCESS_KEY_ID=GK31\nP_SECRET_ACCESS_KEY=abc123\nP_DEFAULT_REGION='eu'\nP_ENDPOINT_URL='https://"
            "s3.example.com/'\n");
}

TEST_F(KeyCommands, ListIsSortedByCreation) {
  link.expect_list("ListKeys", R"([
    {"id": "GK2", "name": "b", "created": "2025-06-14T00:00:00Z", "expiration": "2025-07-01T00:00:00Z", "expired": false},
    {"id": "GK3", "name": "c", "created": "2025-06-15T00:00:00Z", "expiration": "2025-06-16T00:00:00Z", "expired": true},
    {"id": "GK1", "name": "a", "created": "2025-06-13T00:00:00Z", "expiration": null, "expired": false}])");
  EXPECT_EQ(run(run_key_list),
            "ID   Created     Name  Expiration\n"
            "GK1  2025-06-13  a     never\n"
            "GK2  2025-06-14  b     2025-07-01 02:00:00 +02:00\n"
            "GK3  2025-06-15  c     expired\n");
}

TEST_F(KeyCommands, ListHasAsManyPagesAsThereAre) {
  link.expect("ListKeys", R"([{"id": "10000"}, {"id": "19999"}])");  // of whatever size
  link.expect_list("ListKeys", R"([{"id": "19999"}, {"id": "20000", "expired": true}])");
  EXPECT_EQ(run(run_key_delete_expired),
            "Error: About to delete 1 expired access keys: 20000. Add --yes flag to really perform this operation.");
}

TEST_F(KeyCommands, CreateWithAndWithoutExpiration) {
  link.expect("CreateKey", kKey);
  run(run_key_create);
  EXPECT_EQ(link.asked.back(), R"(CreateKey {"name":"Unnamed key"})");
  give("name", "n"), give("expires-in", "1d");
  link.expect("CreateKey", kKey);
  run(run_key_create);
  EXPECT_EQ(link.asked.back(), R"(CreateKey {"name":"n","expiration":"2026-01-02T00:00:00.000Z"})");
  give("expires-in", "-1d");
  EXPECT_EQ(run(run_key_create), "Error: Invalid duration passed for --expires-in parameter: Number was negative");
  give("expires-in", "infinity");
  EXPECT_THAT(run(run_key_create), HasSubstr("Error: Invalid duration"));
}

TEST_F(KeyCommands, ImportNeedsYes) {
  give("id", "the-id"), give("secret", "the-secret");
  EXPECT_THAT(run(run_key_import), HasSubstr("Add the --yes flag"));
  give("yes");
  link.expect("ImportKey", kKey);
  EXPECT_EQ(run(run_key_import), kKeyText);
  EXPECT_EQ(link.asked.back(),
            R"(ImportKey {"accessKeyId":"the-id","secretAccessKey":"the-secret","name":"Imported key"})");
}

TEST_F(KeyCommands, Changes) {
  give("key", "app1"), give("name", "new name");
  link.expect("GetKeyInfo", kKey);
  link.expect("UpdateKey", kKey);
  EXPECT_EQ(run(run_key_rename), kKeyText);
  session.arguments = {};
  give("key", "app1"), give("name", "");
  EXPECT_EQ(run(run_key_rename), "Error: The name of a key must not be empty");
  EXPECT_EQ(link.asked.back(), R"(UpdateKey {"name":"new name","id":"GK31"})");
  EXPECT_THAT(run(run_key_set), HasSubstr("Error: Please specify what to change"));
  give("never-expires");
  link.expect("GetKeyInfo", kKey);
  link.expect("UpdateKey", kKey);
  run(run_key_set);
  EXPECT_EQ(link.asked.back(), R"(UpdateKey {"neverExpires":true,"id":"GK31"})");
  give("create-bucket");
  link.expect("GetKeyInfo", kKey);
  link.expect("UpdateKey", kKey);
  run(run_key_allow);
  EXPECT_EQ(link.asked.back(), R"(UpdateKey {"allow":{"createBucket":true},"id":"GK31"})");
  link.expect("GetKeyInfo", kKey);
  link.expect("UpdateKey", kKey);
  run(run_key_deny);
  EXPECT_EQ(link.asked.back(), R"(UpdateKey {"deny":{"createBucket":true},"id":"GK31"})");
}

TEST_F(KeyCommands, DeletionsAsk) {
  give("key", "app1");
  link.expect("GetKeyInfo", kKey);
  EXPECT_EQ(run(run_key_delete),
            "Error: About to delete key GK31 (app1). Add --yes flag to really perform this operation.");
  const char* keys =
      R"([{"id": "GK1", "expired": true}, {"id": "GK2", "expired": false}, {"id": "GK3", "expired": true}])";
  link.expect_list("ListKeys", keys);
  EXPECT_THAT(run(run_key_delete_expired), HasSubstr("About to delete 2 expired access keys: GK1, GK3."));
  give("yes");
  link.expect("GetKeyInfo", kKey);
  link.expect("DeleteKey", "null");
  EXPECT_EQ(run(run_key_delete), "Access key GK31 has been deleted.\n");
  link.expect_list("ListKeys", keys);
  link.expect("DeleteKey", "null");
  link.expect("DeleteKey", "null");
  EXPECT_EQ(run(run_key_delete_expired), "Access key GK1 has been deleted.\nAccess key GK3 has been deleted.\n");
  link.expect_list("ListKeys", "[]");
  EXPECT_EQ(run(run_key_delete_expired), "No expired access keys.\n");
}

TEST_F(KeyCommands, NodeIdNeedsTheFileOnly) {
  sim::SimDisk disk(1);
  sim::SimRandom random(1);
  ASSERT_TRUE(disk.make_directories("meta"));
  config::Settings settings;
  settings.metadata_dir = "meta";
  settings.rpc_bind_addr = "[::]:3901";
  session.disk = &disk;
  session.settings = &settings;
  EXPECT_THAT(run(run_node_id), HasSubstr("it is created when the daemon (`garage server`) starts for the first time"));
  const std::string id = admin::load_or_create_identity(disk, random, "meta")->id.hex();
  EXPECT_EQ(run(run_node_id), id + "\n");
  EXPECT_THAT(session.err, HasSubstr("127.0.0.1:3901"));
  EXPECT_THAT(local_target(disk, settings)->addresses, ElementsAre("127.0.0.1:3901"));
  settings.rpc_public_addr = "node1.example.com:3901";
  settings.rpc_bind_addr = "10.0.0.7:3901";
  session.err.clear();
  give("quiet");
  EXPECT_EQ(run(run_node_id), id + "@node1.example.com:3901\n");
  EXPECT_EQ(session.err, "");
  EXPECT_THAT(local_target(disk, settings)->addresses, ElementsAre("10.0.0.7:3901", "node1.example.com:3901"));
}

TEST(Target, PeersAreParsed) {
  const auto peer = parse_peer(std::string(64, 'a') + "@host:3901");
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->id.hex(), std::string(64, 'a'));
  EXPECT_THAT(peer->addresses, ElementsAre("host:3901"));
  for (const std::string& bad :
       {std::string(), std::string("host:3901"), std::string(63, 'a') + "@host:1", std::string(64, 'a') + "@host"}) {
    EXPECT_FALSE(parse_peer(bad)) << bad;
  }
}

TEST(TextTable, CountsCharactersAndIsHarmless) {
  EXPECT_EQ(text_table({{"é", "b"}, {"xyz", "c", "d"}}), "é    b\nxyz  c  d\n");
  EXPECT_EQ(text_table({{"a\x1b[31m", "b\n"}}), "a?[31m  b?\n");
  EXPECT_EQ(text_table({{""}, {"long", "x"}}), "\nlong  x\n");
  EXPECT_EQ(text_table({}), "");
  EXPECT_EQ(harmless_lines("2 keys: a\x1b[31m,\nb\x7f"), "2 keys: a?[31m,\nb?");
}

TEST(Wording, Pieces) {
  EXPECT_EQ(abbreviated({}), "");
  EXPECT_EQ(abbreviated({"a"}), "a");
  EXPECT_EQ(abbreviated({"a", "b", "c"}), "a, ... (3)");
  EXPECT_EQ(ago_text(0), "just now");
  EXPECT_EQ(ago_text(1), "1 second ago");
  EXPECT_EQ(ago_text(59), "59 seconds ago");
  EXPECT_EQ(ago_text(60), "1 minute ago");
  EXPECT_EQ(ago_text(7200), "2 hours ago");
  EXPECT_EQ(ago_text(3 * 86'400), "3 days ago");
  EXPECT_EQ(share_text(0, 0), "0 B (0.0%)");
}

TEST(AdminApiSchema, IsPrinted) {
  Session session;
  ASSERT_TRUE(run_admin_api_schema(session));
  EXPECT_THAT(session.out, HasSubstr("/v2/GetClusterStatus"));
}

}  // namespace
}  // namespace garage::cli

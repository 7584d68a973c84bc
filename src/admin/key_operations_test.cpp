#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/messages.hpp"
#include "admin/testing/admin_node.hpp"

namespace garage::admin {
namespace {

using ::testing::HasSubstr;

class KeyOperations : public ::testing::Test, public testing::AdminNode {
 protected:
  KeyOperations() { apply_layout(); }
  std::string create(const std::string& name) {
    return text(good("CreateKey", R"({"name": ")" + name + "\"}"), "accessKeyId");
  }
  void import(const std::string& id, const std::string& name) {
    good("ImportKey",
         R"({"accessKeyId": ")" + id + R"(", "secretAccessKey": "0123456789abcdef", "name": ")" + name + "\"}");
  }
};

TEST_F(KeyOperations, CreatedKeyHasTheWholeShape) {
  const Json key =
      good("CreateKey", R"({"name": "app1", "allow": {"createBucket": true}, "expiration": "2026-02-01T00:00:00Z"})");
  const std::string id = text(key, "accessKeyId"), secret = text(key, "secretAccessKey");
  EXPECT_EQ(
      codec::to_json(key),
      R"({"accessKeyId":")" + id +
          R"(","created":"2026-01-01T00:00:00.000Z","name":"app1","expiration":"2026-02-01T00:00:00.000Z","expired":false,)" +
          R"("secretAccessKey":")" + secret + R"(","permissions":{"createBucket":true},"buckets":[]})");
  EXPECT_THAT(id, ::testing::MatchesRegex("GK[0-9a-f]{24}"));
  EXPECT_THAT(secret, ::testing::MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(text(good("CreateKey"), "name"), "Unnamed key");
}

TEST_F(KeyOperations, SecretsAreShownOnlyWhereAskedFor) {
  const std::string id = create("app");
  EXPECT_EQ(good("GetKeyInfo", R"({"id": ")" + id + "\"}").find("secretAccessKey"), nullptr);
  EXPECT_NE(good("GetKeyInfo", R"({"id": ")" + id + R"(", "showSecretKey": true})").find("secretAccessKey"), nullptr);
  EXPECT_NE(good("GetKeyInfo", R"({"id": ")" + id + R"(", "showSecretKey": "true"})").find("secretAccessKey"),
            nullptr);  // as in a query
  EXPECT_EQ(good("UpdateKey", R"({"id": ")" + id + R"(", "name": "x"})").find("secretAccessKey"), nullptr);
  EXPECT_EQ(good("ImportKey", R"({"accessKeyId": "imported1", "secretAccessKey": "0123456789abcdef"})")
                .find("secretAccessKey"),
            nullptr);
}

TEST_F(KeyOperations, SearchTakesExactIdThenNameThenPrefix) {
  import("prefix-1", "alpha");
  import("prefix-2", "PREFIX");
  import("prefix-22", "beta");
  import("other-key", "prefix-1");
  const auto search = [this](const std::string& what) {
    return text(good("GetKeyInfo", R"({"search": ")" + what + "\"}"), "accessKeyId");
  };
  EXPECT_EQ(search("prefix-1"), "prefix-1");  // an id, though it is also a name
  EXPECT_EQ(search("prefix-2"), "prefix-2");  // exact, though it begins another
  EXPECT_EQ(search("prefix"), "prefix-2");    // a name, though it begins three ids
  EXPECT_EQ(search("BETA"), "prefix-22");
  EXPECT_EQ(search("oth"), "other-key");
  EXPECT_EQ(bad("GetKeyInfo", R"({"search": "pre"})"), "InvalidRequest (400)");
  EXPECT_THAT(message("GetKeyInfo", R"({"search": "pre"})"),
              HasSubstr("3 matching keys: prefix-1 (alpha), prefix-2 (PREFIX), prefix-22 (beta)"));
  EXPECT_EQ(bad("GetKeyInfo", R"({"search": "nothing"})"), "NoSuchAccessKey (404)");
  EXPECT_EQ(bad("GetKeyInfo", R"({"search": ""})"), "NoSuchAccessKey (404)");
  EXPECT_EQ(bad("GetKeyInfo", R"({"id": "prefix"})"), "NoSuchAccessKey (404)");
  EXPECT_EQ(bad("GetKeyInfo"), "InvalidRequest (400)");
}

TEST_F(KeyOperations, TwoKeysOfOneNameAreTold) {
  import("key-number-1", "same");
  import("key-number-2", "same");
  EXPECT_THAT(message("GetKeyInfo", R"({"search": "same"})"), HasSubstr("2 matching keys"));
}

TEST_F(KeyOperations, ImportChecksAndRefusesUsedIds) {
  import("imported-1", "x");
  EXPECT_EQ(bad("ImportKey", R"({"accessKeyId": "imported-1", "secretAccessKey": "0123456789abcdef"})"),
            "KeyAlreadyExists (409)");
  good("DeleteKey", R"({"id": "imported-1"})");
  EXPECT_EQ(bad("ImportKey", R"({"accessKeyId": "imported-1", "secretAccessKey": "0123456789abcdef"})"),
            "KeyAlreadyExists (409)");
  EXPECT_EQ(message("ImportKey", R"({"accessKeyId": "short", "secretAccessKey": "0123456789abcdef"})"),
            "Bad request: Invalid key format: Key identifiers should be at least 8 characters long");
  EXPECT_EQ(bad("ImportKey", R"({"accessKeyId": "imported-2"})"), "InvalidRequest (400)");
  EXPECT_EQ(message("CreateKey", R"({"name": ")" + std::string(256, 'x') + "\"}"),
            "Bad request: the name of an access key is longer than 255 bytes");
}

TEST_F(KeyOperations, UpdateChangesOnlyWhatIsGiven) {
  const std::string id = create("app");
  const auto update = [&](const std::string& body) {
    return good("UpdateKey", R"({"id": ")" + id + R"(", "body": )" + body + "}");
  };
  Json key = update(R"({"name": "renamed", "expiration": "2026-01-01T00:00:01Z"})");
  EXPECT_EQ(text(key, "name"), "renamed");
  EXPECT_FALSE(*key.find("expired")->as_bool());
  node.clock.unix_ms += 1000;
  EXPECT_TRUE(*good("ListKeys").as_array()->front().find("expired")->as_bool());
  key = update(R"({"neverExpires": true, "allow": {"createBucket": true}})");
  EXPECT_TRUE(key.find("expiration")->is_null());
  EXPECT_EQ(text(key, "name"), "renamed");
  EXPECT_EQ(codec::to_json(*key.find("permissions")), R"({"createBucket":true})");
  key = update(R"({"allow": {"createBucket": false}})");
  EXPECT_EQ(codec::to_json(*key.find("permissions")), R"({"createBucket":true})");
  key = update(R"({"deny": {"createBucket": true}})");
  EXPECT_EQ(codec::to_json(*key.find("permissions")), R"({"createBucket":false})");
  EXPECT_EQ(bad("UpdateKey", R"({"id": ")" + id + R"(", "neverExpires": true, "expiration": "2026-01-01T00:00:01Z"})"),
            "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateKey", R"({"id": ")" + id + R"(", "expiration": "tomorrow"})"), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateKey", R"({"id": "GKnone"})"), "NoSuchAccessKey (404)");
  EXPECT_EQ(bad("UpdateKey", R"({"name": "x"})"), "InvalidRequest (400)");
}

TEST_F(KeyOperations, DeletionTakesItsRightsAlong) {
  const std::string key = create("app");
  const std::string bucket = text(good("CreateBucket", R"({"globalAlias": "media"})"), "id");
  good("AllowBucketKey",
       R"({"bucketId": ")" + bucket + R"(", "accessKeyId": ")" + key + R"(", "permissions": {"read": true}})");
  EXPECT_EQ(good("GetKeyInfo", R"({"id": ")" + key + "\"}").find("buckets")->size(), 1u);
  EXPECT_TRUE(good("DeleteKey", R"({"id": ")" + key + "\"}").is_null());
  EXPECT_EQ(good("GetBucketInfo", R"({"id": ")" + bucket + "\"}").find("keys")->size(), 0u);
  EXPECT_EQ(bad("DeleteKey", R"({"id": ")" + key + "\"}"), "NoSuchAccessKey (404)");
}

TEST_F(KeyOperations, RepliesTravelWhole) {
  const auto round_trip = [](const Reply& reply) { return decode_reply(encode_reply(reply)).value(); };
  EXPECT_EQ(codec::to_json(*round_trip(Json::object({{"a", 1}}))), R"({"a":1})");
  EXPECT_TRUE(round_trip(Json())->is_null());
  EXPECT_EQ(round_trip(no_such_key("x")).error(), no_such_key("x").error());
  for (const char* damaged :
       {"", "{}", "[]", "{\"error\": {}}", "{\"error\": {\"code\": 1, \"status\": 1, \"message\": \"\"}}"}) {
    EXPECT_FALSE(decode_reply(damaged)) << damaged;
  }
  EXPECT_THAT(node.run(answer(*context, "ListKeys", "")), HasSubstr("{\"ok\":["));
  EXPECT_THAT(node.run(answer(*context, "ListKeys", "{")), HasSubstr("Invalid JSON"));
  EXPECT_THAT(node.run(answer(*context, "Nope", "null")), HasSubstr("Unknown API endpoint: Nope"));
  EXPECT_THAT(node.run(answer(*context, "Health", "null")), HasSubstr("Health cannot be used outside of the HTTP"));
}

}  // namespace
}  // namespace garage::admin

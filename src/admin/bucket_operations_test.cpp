#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/testing/admin_node.hpp"

namespace garage::admin {
namespace {

using ::testing::HasSubstr;

class BucketOperations : public ::testing::Test, public testing::AdminNode {
 protected:
  BucketOperations() { apply_layout(); }

  std::string create(const std::string& name) {
    return text(good("CreateBucket", R"({"globalAlias": ")" + name + "\"}"), "id");
  }
  std::string create_key(const std::string& name) {
    return text(good("CreateKey", R"({"name": ")" + name + "\"}"), "accessKeyId");
  }
};

TEST_F(BucketOperations, CreatedBucketHasTheWholeShape) {
  const Json bucket = good("CreateBucket", R"({"globalAlias": "media"})");
  const Json wanted = Json::object({{"id", text(bucket, "id")},
                                    {"created", "2026-01-01T00:00:00.000Z"},
                                    {"globalAliases", Json::array({"media"})},
                                    {"websiteAccess", false},
                                    {"keys", Json::array()},
                                    {"objects", 0},
                                    {"bytes", 0},
                                    {"unfinishedUploads", 0},
                                    {"unfinishedMultipartUploads", 0},
                                    {"unfinishedMultipartUploadParts", 0},
                                    {"unfinishedMultipartUploadBytes", 0},
                                    {"quotas", Json::object({{"maxSize", nullptr}, {"maxObjects", nullptr}})}});
  EXPECT_EQ(codec::to_json(bucket), codec::to_json(wanted));
  EXPECT_EQ(text(bucket, "id").size(), 64u);
}

TEST_F(BucketOperations, CreationIsRefusedForBadAndTakenNames) {
  create("media");
  EXPECT_EQ(bad("CreateBucket", R"({"globalAlias": "media"})"), "BucketAlreadyExists (409)");
  EXPECT_EQ(bad("CreateBucket", R"({"globalAlias": "No"})"), "InvalidBucketName (400)");
  for (const auto& [name, rule] : {std::pair("192.168.1.1", "IP address"), std::pair("xn--abc", "allow_punycode"),
                                   std::pair("foo-s3alias", "end with -s3alias"), std::pair("a..b", "between dots"),
                                   std::pair("NO", "3 to 63 characters")}) {
    EXPECT_THAT(message("CreateBucket", R"({"globalAlias": ")" + std::string(name) + "\"}"), HasSubstr(rule));
  }
  const Json nameless = good("CreateBucket", "{}");
  EXPECT_EQ(text(good("GetBucketInfo", R"({"id": ")" + text(nameless, "id") + "\"}"), "id"), text(nameless, "id"));
  EXPECT_EQ(bad("CreateBucket", R"({"globalAlias": 5})"), "InvalidRequest (400)");
  EXPECT_EQ(bad("CreateBucket", R"({"localAlias": {"accessKeyId": "GKnone", "alias": "m"}})"), "NoSuchAccessKey (404)");
}

TEST_F(BucketOperations, CreatedWithALocalAlias) {
  const std::string key = create_key("app");
  const Json bucket = good("CreateBucket", R"({"globalAlias": "media", "localAlias": {"accessKeyId": ")" + key +
                                               R"(", "alias": "mine", "allow": {"read": true, "write": true}}})");
  EXPECT_EQ(
      codec::to_json(*bucket.find("keys")),
      R"([{"accessKeyId":")" + key +
          R"(","name":"app","permissions":{"read":true,"write":true,"owner":false},"bucketLocalAliases":["mine"]}])");
}

TEST_F(BucketOperations, CreationWithABadLocalAliasLeavesNothing) {
  const std::string key = create_key("app");
  const auto create_two = [&key](const std::string& global, const std::string& local) {
    return R"({"globalAlias": ")" + global + R"(", "localAlias": {"accessKeyId": ")" + key + R"(", "alias": ")" +
           local + R"(", "allow": {"read": true}}})";
  };
  EXPECT_EQ(bad("CreateBucket", create_two("media", "NO")), "InvalidBucketName (400)");
  good("CreateBucket", create_two("first", "mine"));
  EXPECT_EQ(bad("CreateBucket", create_two("media", "mine")), "InvalidRequest (400)");
  EXPECT_EQ(bad("CreateBucket", create_two("first", "other")), "BucketAlreadyExists (409)");
  EXPECT_EQ(good("ListBuckets").size(), 1u);
  good("CreateBucket", create_two("media", "other"));
}

TEST_F(BucketOperations, DeletionIsFinishedByTheNextOne) {
  const std::string id = create("media");
  const auto bucket = object::BucketRef::of(*node.settings->directory()->resolve_bucket("media", nullptr));
  object::UploadRequest request;
  request.bucket = bucket;
  request.key = "k";
  ASSERT_TRUE(node.run(node.objects->create_upload(request)));
  ASSERT_TRUE(node.run(node.settings->delete_bucket(bucket.id)));  // and then it failed
  const std::string again = R"({"id": ")" + id + "\"}";
  EXPECT_TRUE(good("DeleteBucket", again).is_null());
  EXPECT_EQ(bad("DeleteBucket", again), "NoSuchBucket (404)");
  object::UploadQuery query;
  query.bucket = bucket.id;
  query.spread = bucket.spread;
  EXPECT_TRUE(node.run(node.objects->list_uploads(query))->uploads.empty());
}

TEST_F(BucketOperations, AnOpenUploadIsInspectedToo) {
  const std::string id = create("media");
  const auto bucket = object::BucketRef::of(*node.settings->directory()->resolve_bucket("media", nullptr));
  object::UploadRequest request;
  request.bucket = bucket;
  for (const char* key : {"k", "k/other"}) {
    request.key = key;
    ASSERT_TRUE(node.run(node.objects->create_upload(request)));
  }
  object::UploadQuery query;
  query.bucket = bucket.id;
  query.spread = bucket.spread;
  const Uuid upload = node.run(node.objects->list_uploads(query))->uploads.at(0).id;
  object::testing::StringSource body(object::testing::noise(1, 8192));
  ASSERT_TRUE(node.run(node.objects->put_part({bucket, "k", upload, 7, {}, {}}, body)));
  const auto versions_of = [&] {
    return *good("InspectObject", R"({"bucketId": ")" + id + R"(", "key": "k"})").find("versions")->as_array();
  };
  Json::Array versions = versions_of();
  ASSERT_EQ(versions.size(), 1u);
  EXPECT_EQ(text(versions[0], "uuid"), upload.hex());
  EXPECT_EQ(versions[0].find("uploading")->as_bool(), true);
  EXPECT_TRUE(versions[0].find("size")->is_null());
  EXPECT_EQ(versions[0].find("blocks")->as_array()->front().find("partNumber")->as_uint64(), 7u);
  ASSERT_TRUE(node.put(bucket, "k", "stored"));
  versions = versions_of();
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].find("uploading")->as_bool(), false);
}

TEST_F(BucketOperations, FoundByIdAliasAndSearch) {
  const std::string id = create("media");
  EXPECT_EQ(text(good("GetBucketInfo", R"({"id": ")" + id + "\"}"), "id"), id);
  EXPECT_EQ(text(good("GetBucketInfo", R"({"globalAlias": "media"})"), "id"), id);
  EXPECT_EQ(text(good("GetBucketInfo", R"({"search": "media"})"), "id"), id);
  EXPECT_EQ(text(good("GetBucketInfo", R"({"search": ")" + id.substr(0, 6) + "\"}"), "id"), id);
  EXPECT_EQ(bad("GetBucketInfo", R"({"search": ")" + id.substr(0, 1) + "\"}"), "NoSuchBucket (404)");
  EXPECT_EQ(bad("GetBucketInfo", R"({"globalAlias": ")" + id + "\"}"), "NoSuchBucket (404)");
  EXPECT_EQ(bad("GetBucketInfo", R"({"id": "media"})"), "InvalidRequest (400)");
  EXPECT_EQ(bad("GetBucketInfo", R"({"id": ")" + std::string(64, '0') + "\"}"), "NoSuchBucket (404)");
  EXPECT_EQ(bad("GetBucketInfo"), "InvalidRequest (400)");
  EXPECT_EQ(bad("GetBucketInfo", R"({"search": "media", "globalAlias": "media"})"), "InvalidRequest (400)");
}

TEST_F(BucketOperations, SeveralMatchesAreNamed) {
  // Of a hundred ids two begin alike, whatever the seed.
  std::map<std::string, int> begins;
  for (int i = 0; i < 100; ++i) ++begins[create("bucket-" + std::to_string(i)).substr(0, 2)];
  const auto twice = std::ranges::find_if(begins, [](const auto& entry) { return entry.second == 2; });
  ASSERT_NE(twice, begins.end());
  EXPECT_THAT(message("GetBucketInfo", R"({"search": ")" + twice->first + "\"}"),
              HasSubstr("2 matching buckets: " + twice->first));
}

TEST_F(BucketOperations, ListShowsAliases) {
  const std::string key = create_key("app");
  const std::string id = create("media");
  good("AddBucketAlias", R"({"bucketId": ")" + id + R"(", "localAlias": "mine", "accessKeyId": ")" + key + "\"}");
  EXPECT_EQ(codec::to_json(good("ListBuckets")),
            R"([{"id":")" + id +
                R"(","created":"2026-01-01T00:00:00.000Z","globalAliases":["media"],"localAliases":[{"accessKeyId":")" +
                key + R"(","alias":"mine"}]}])");
}

TEST_F(BucketOperations, DeletionNeedsAnEmptyBucket) {
  const std::string id = create("media");
  const object::BucketRef ref{*BucketId::from_hex(id), 8};
  ASSERT_TRUE(node.put(ref, "a", "content"));
  EXPECT_EQ(codec::to_json(*good("GetBucketInfo", R"({"id": ")" + id + "\"}").find("objects")), "1");
  EXPECT_EQ(bad("DeleteBucket", R"({"id": ")" + id + "\"}"), "BucketNotEmpty (409)");
  ASSERT_TRUE(node.remove(ref, "a"));
  EXPECT_TRUE(good("DeleteBucket", R"({"id": ")" + id + "\"}").is_null());
  EXPECT_EQ(bad("DeleteBucket", R"({"id": ")" + id + "\"}"), "NoSuchBucket (404)");
  EXPECT_EQ(codec::to_json(good("ListBuckets")), "[]");
  EXPECT_NE(create("media"), id);  // the name is free again
}

TEST_F(BucketOperations, AliasesComeAndGoButTheLastOne) {
  const std::string id = create("media"), other = create("other");
  const auto add = [&](const std::string& to, const std::string& name) {
    return R"({"bucketId": ")" + to + R"(", "globalAlias": ")" + name + "\"}";
  };
  good("AddBucketAlias", add(id, "second"));
  good("AddBucketAlias", add(id, "second"));  // again is the same
  EXPECT_EQ(bad("AddBucketAlias", add(other, "second")), "InvalidRequest (400)");
  EXPECT_EQ(bad("AddBucketAlias", add(id, "X")), "InvalidBucketName (400)");
  EXPECT_EQ(bad("AddBucketAlias", R"({"bucketId": ")" + id + "\"}"), "InvalidRequest (400)");
  EXPECT_EQ(bad("RemoveBucketAlias", add(other, "second")), "InvalidRequest (400)");
  EXPECT_EQ(codec::to_json(*good("RemoveBucketAlias", add(id, "media")).find("globalAliases")), R"(["second"])");
  EXPECT_EQ(bad("RemoveBucketAlias", add(id, "second")), "InvalidRequest (400)");
}

TEST_F(BucketOperations, PermissionsChangeOnlyWhatIsNamed) {
  const std::string id = create("media"), key = create_key("app");
  const auto request = [&](const std::string& permissions) {
    return R"({"bucketId": ")" + id + R"(", "accessKeyId": ")" + key + R"(", "permissions": )" + permissions + "}";
  };
  const auto permissions = [](const Json& bucket) {
    const auto* keys = bucket.find("keys")->as_array();
    return keys->empty() ? std::string("none") : codec::to_json(*keys->front().find("permissions"));
  };
  EXPECT_EQ(permissions(good("AllowBucketKey", request(R"({"read": true, "owner": false})"))),
            R"({"read":true,"write":false,"owner":false})");
  EXPECT_EQ(permissions(good("AllowBucketKey", request(R"({"write": true})"))),
            R"({"read":true,"write":true,"owner":false})");
  EXPECT_EQ(permissions(good("DenyBucketKey", request(R"({"read": true, "write": false})"))),
            R"({"read":false,"write":true,"owner":false})");
  EXPECT_EQ(permissions(good("DenyBucketKey", request(R"({"write": true})"))), "none");
  EXPECT_EQ(bad("AllowBucketKey", R"({"bucketId": ")" + id + R"(", "accessKeyId": "GKnone", "permissions": {}})"),
            "NoSuchAccessKey (404)");
  EXPECT_EQ(bad("AllowBucketKey", request(R"({"read": "maybe"})")), "InvalidRequest (400)");
  EXPECT_EQ(bad("AllowBucketKey", request("[]")), "InvalidRequest (400)");
}

TEST_F(BucketOperations, WebsiteAndQuotas) {
  const std::string id = create("media");
  const auto update = [&](const std::string& body) { return R"({"id": ")" + id + R"(", "body": )" + body + "}"; };
  Json bucket =
      good("UpdateBucket",
           update(R"({"websiteAccess": {"enabled": true, "indexDocument": "i.html", "errorDocument": "e.html"}})"));
  EXPECT_EQ(codec::to_json(*bucket.find("websiteConfig")), R"({"indexDocument":"i.html","errorDocument":"e.html"})");
  bucket = good("UpdateBucket", update(R"({"quotas": {"maxSize": 1073741824, "maxObjects": null}})"));
  EXPECT_EQ(codec::to_json(*bucket.find("quotas")), R"({"maxSize":1073741824,"maxObjects":null})");
  EXPECT_TRUE(*bucket.find("websiteAccess")->as_bool());  // kept
  bucket = good("UpdateBucket", R"({"id": ")" + id + R"(", "websiteAccess": {"enabled": false}})");
  EXPECT_EQ(bucket.find("websiteConfig"), nullptr);
  EXPECT_EQ(codec::to_json(*bucket.find("quotas")), R"({"maxSize":1073741824,"maxObjects":null})");
  EXPECT_EQ(bad("UpdateBucket", update(R"({"websiteAccess": {"enabled": true}})")), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateBucket", update(R"({"websiteAccess": {"enabled": false, "indexDocument": "x"}})")),
            "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateBucket", update(R"({"quotas": {"maxSize": -1}})")), "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateBucket", update(R"({"lifecycleRules": []})")), "NotImplemented (501)");
}

TEST_F(BucketOperations, RulesOfWebsiteAndCors) {
  const std::string id = create("media");
  const auto update = [&](const std::string& body) { return R"({"id": ")" + id + R"(", "body": )" + body + "}"; };
  const std::string routing =
      R"([{"Condition":{"HttpErrorCodeReturnedEquals":404,"KeyPrefixEquals":"app/"},"Redirect":{"HttpRedirectCode":200,"ReplaceKeyWith":"app/index.html"}}])";
  const std::string website = R"({"websiteAccess": {"enabled": true, "indexDocument": "i.html")";
  Json bucket = good("UpdateBucket", update(website + R"(, "routingRules": )" + routing + "}}"));
  EXPECT_EQ(codec::to_json(*bucket.find("websiteConfig")->find("routingRules")), routing);
  bucket = good("UpdateBucket", update(website + "}}"));
  EXPECT_EQ(codec::to_json(*bucket.find("websiteConfig")->find("routingRules")), routing) << "kept";
  EXPECT_EQ(bad("UpdateBucket", update(website + R"(, "routingRules": [{"Redirect": {"Protocol": "ftp"}}]}})")),
            "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateBucket", update(website + R"(, "routingRules": [{}]}})")), "InvalidRequest (400)");
  bucket = good("UpdateBucket", update(website + R"(, "routingRules": []}})"));
  EXPECT_EQ(bucket.find("websiteConfig")->find("routingRules"), nullptr);

  const std::string cors =
      R"([{"MaxAgeSeconds":60,"AllowedOrigin":["*"],"AllowedMethod":["GET"],"AllowedHeader":[],"ExposeHeader":["ETag"]}])";
  bucket = good("UpdateBucket", update(R"({"corsRules": )" + cors + "}"));
  EXPECT_EQ(codec::to_json(*bucket.find("corsRules")), cors);
  bucket = good("UpdateBucket", update("{}"));
  EXPECT_EQ(codec::to_json(*bucket.find("corsRules")), cors) << "kept";
  EXPECT_EQ(bad("UpdateBucket", update(R"({"corsRules": [{"AllowedOrigin": ["*"], "AllowedMethod": ["PATCH"]}]})")),
            "InvalidRequest (400)");
  EXPECT_EQ(bad("UpdateBucket", update(R"({"corsRules": [{"AllowedOrigin": "*", "AllowedMethod": ["GET"]}]})")),
            "InvalidRequest (400)");
  bucket = good("UpdateBucket", update(R"({"corsRules": []})"));
  EXPECT_EQ(bucket.find("corsRules"), nullptr);
}

TEST_F(BucketOperations, IncompleteUploadsAreCountedAndCleanedUp) {
  const std::string id = create("media");
  const object::BucketRef ref{*BucketId::from_hex(id), 8};
  object::UploadRequest request;
  request.bucket = ref;
  request.key = "big";
  const auto upload = node.run(node.objects->create_upload(request)).value();
  object::PartRequest part;
  part.bucket = ref;
  part.key = "big";
  part.upload = upload.id;
  part.number = 1;
  object::testing::StringSource body(std::string(6000, 'x'));
  ASSERT_TRUE(node.run(node.objects->put_part(std::move(part), body)));
  const Json bucket = good("GetBucketInfo", R"({"id": ")" + id + "\"}");
  EXPECT_EQ(bucket.find("unfinishedUploads")->as_uint64(), 1u);
  EXPECT_EQ(bucket.find("unfinishedMultipartUploadParts")->as_uint64(), 1u);
  EXPECT_EQ(bucket.find("unfinishedMultipartUploadBytes")->as_uint64(), 6000u);
  // Who changes something is told the same.
  const Json changed = good("UpdateBucket", R"({"id": ")" + id + R"(", "body": {"quotas": {"maxObjects": 5}}})");
  EXPECT_EQ(changed.find("unfinishedUploads")->as_uint64(), 1u);
  EXPECT_EQ(changed.find("unfinishedMultipartUploadParts")->as_uint64(), 1u);
  EXPECT_EQ(changed.find("unfinishedMultipartUploadBytes")->as_uint64(), 6000u);
  const auto clean = [&](int seconds) {
    return codec::to_json(good("CleanupIncompleteUploads",
                               R"({"bucketId": ")" + id + R"(", "olderThanSecs": )" + std::to_string(seconds) + "}"));
  };
  node.clock.unix_ms += 60'000;
  EXPECT_EQ(clean(3600), R"({"uploadsDeleted":0})");
  EXPECT_EQ(clean(30), R"({"uploadsDeleted":1})");
  EXPECT_EQ(clean(0), R"({"uploadsDeleted":0})");
  // Only for very many of them it does not wait.
  for (int i = 0; i < 101; ++i) ASSERT_TRUE(node.run(node.objects->create_upload(request)));
  const Json of_many = good("UpdateBucket", R"({"id": ")" + id + R"(", "body": {"quotas": {"maxObjects": 6}}})");
  EXPECT_EQ(of_many.find("unfinishedUploads")->as_uint64(), 101u);
  EXPECT_TRUE(of_many.find("unfinishedMultipartUploadParts")->is_null());
  EXPECT_TRUE(of_many.find("unfinishedMultipartUploadBytes")->is_null());
}

}  // namespace
}  // namespace garage::admin

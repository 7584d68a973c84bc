#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/testing/fake_link.hpp"

namespace garage::cli {
namespace {

using ::testing::HasSubstr;

const std::string kId = "9f3c000011112222" + std::string(48, '3');

// A bucket with `changes` in front of its usual members.
std::string bucket(const std::string& changes = "", const std::string& aliases = R"(["media"])") {
  return R"({"id": ")" + kId + R"(", "created": "2025-06-14T10:11:12.345Z", "globalAliases": )" + aliases + "," +
         changes +
         R"("keys": [{"accessKeyId": "GK31", "name": "app1", "permissions": {"read": true, "write": false, "owner": true}, "bucketLocalAliases": ["m", "n"]}],
          "objects": 3, "bytes": 5000000, "unfinishedUploads": 0, "unfinishedMultipartUploads": 0, "unfinishedMultipartUploadParts": 0,
          "unfinishedMultipartUploadBytes": 0})";
}
constexpr const char* kPlain = R"("websiteAccess": false, "quotas": {"maxSize": null, "maxObjects": null},)";

const std::string kPlainText =
    "==== BUCKET INFORMATION ====\n"
    "Bucket:          " +
    kId +
    "\n"
    "Created:         2025-06-14 12:11:12.345 +02:00\n"
    "\n"
    "Size:            5.0 MB (4.8 MiB)\n"
    "Objects:         3\n"
    "\n"
    "Website access:  false\n"
    "\n"
    "Global alias:    media\n"
    "\n"
    "==== KEYS FOR THIS BUCKET ====\n"
    "Permissions  Access key        Local aliases\n"
    "R O          GK31        app1  m, ... (2)\n";

class BucketCommands : public testing::CommandTest {};

TEST_F(BucketCommands, InfoOfAPlainBucket) {
  give("bucket", "media");
  link.expect("GetBucketInfo", bucket(kPlain));
  EXPECT_EQ(run(run_bucket_info), kPlainText);
  EXPECT_EQ(link.asked.back(), R"(GetBucketInfo {"search":"media"})");
}

TEST_F(BucketCommands, InfoOfAFullBucket) {
  give("bucket", "media");
  link.expect("GetBucketInfo",
              R"({"id": ")" + kId + R"(", "created": "2025-06-14T10:11:12Z", "globalAliases": [], "websiteAccess": true,
               "websiteConfig": {"indexDocument": "index.html", "errorDocument": null}, "keys": [], "objects": 0, "bytes": 0,
               "unfinishedUploads": 2, "unfinishedMultipartUploads": 1, "unfinishedMultipartUploadParts": 4, "unfinishedMultipartUploadBytes": 1500,
               "quotas": {"maxSize": 1073741824, "maxObjects": 10}})");
  EXPECT_EQ(run(run_bucket_info),
            "==== BUCKET INFORMATION ====\n"
            "Bucket:                                " +
                kId +
                "\n"
                "Created:                               2025-06-14 12:11:12 +02:00\n"
                "\n"
                "Size:                                  0 B (0 B)\n"
                "Objects:                               0\n"
                "Unfinished uploads:                    1 multipart uploads\n"
                "                                       2 including regular uploads\n"
                "Size of unfinished multipart uploads:  1.5 kB (1.5 KiB)\n"
                "\n"
                "Website access:                        true\n"
                "  index document:                      index.html\n"
                "  error document:                      (not defined)\n"
                "\n"
                "Quotas:                                enabled\n"
                "  maximum size:                        1.1 GB (1.0 GiB)\n"
                "  maximum number of objects:           10\n"
                "\n"
                "Global alias:                          \n"
                "\n"
                "==== KEYS FOR THIS BUCKET ====\n"
                "Permissions  Access key    Local aliases\n");
}

TEST_F(BucketCommands, ListIsSortedByCreation) {
  link.expect_list("ListBuckets", R"([
    {"id": "bb00000000000000ff", "created": "2025-06-14T23:30:00Z", "globalAliases": ["buck2", "b2"], "localAliases": []},
    {"id": "aa00000000000000ff", "created": "2025-06-01T00:00:00Z", "globalAliases": ["buck1"], "localAliases": [{"accessKeyId": "GK1", "alias": "loc"}]}])");
  EXPECT_EQ(run(run_bucket_list),
            "ID                Created     Global aliases  Local aliases\n"
            "aa00000000000000  2025-06-01  buck1           GK1:loc\n"
            "bb00000000000000  2025-06-15  buck2, ... (2)  \n");  // at this terminal it is the next day
}

TEST_F(BucketCommands, ListHasAsManyPagesAsThereAre) {
  link.expect("ListBuckets", R"([{"id": "10000", "created": "2025-06-01T00:00:00Z"},
                                 {"id": "19999", "created": "2025-06-01T00:00:00Z"}])");  // of whatever size
  link.expect_list("ListBuckets", R"([{"id": "19999", "created": "2025-06-01T00:00:00Z"},
                                 {"id": "20000", "created": "2025-06-01T00:00:00Z"}])");
  const std::string list = run(run_bucket_list);
  EXPECT_EQ(std::ranges::count(list, '\n'), 4);
  EXPECT_THAT(list, HasSubstr("20000"));
  EXPECT_EQ(link.asked[1], R"(ListBuckets {"offset":"19999"})");
  EXPECT_EQ(link.asked[2], R"(ListBuckets {"offset":"20000"})");
}

TEST_F(BucketCommands, AnObjectIsInspected) {
  give("bucket", "media");
  give("object", "a/b");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("InspectObject", R"({"bucketId": "bb", "key": "a/b", "versions": [{"uuid": "aa",
     "timestamp": "2025-06-14T00:00:00Z", "encrypted": false, "uploading": false, "aborted": false,
     "deleteMarker": false, "inline": false, "size": 3000, "etag": "ee", "headers": [["content-type", "text/plain"]],
     "blocks": [{"partNumber": 1, "offset": 0, "hash": "ab", "size": 2000},
                {"partNumber": 1, "offset": 2000, "hash": "cd", "size": 1000}]}]})");
  const std::string shown = run(run_bucket_inspect_object);
  EXPECT_THAT(link.asked.back(), HasSubstr(R"("key":"a/b")"));
  for (const char* part : {"Key:                  a/b\n", "Number of blocks:     2\n", "Inline data:          false\n",
                           "Header content-type:  text/plain\n", "Part#  Offset  Block hash  Size\n",
                           "1      2000    cd          1000\n"}) {
    EXPECT_THAT(shown, HasSubstr(part));
  }
}

TEST_F(BucketCommands, WhatAChangeDidNotCountIsNotShownAsNothing) {
  give("name", "media");
  link.expect("CreateBucket", R"({"id": "aa", "bytes": null, "objects": null})");
  EXPECT_THAT(run(run_bucket_create), HasSubstr("(not counted)"));
}

TEST_F(BucketCommands, CreateShowsTheBucket) {
  give("name", "media");
  link.expect("CreateBucket", bucket(kPlain));
  EXPECT_EQ(run(run_bucket_create), kPlainText);
  EXPECT_EQ(link.asked.back(), R"(CreateBucket {"globalAlias":"media"})");
  link.refuse("CreateBucket", {"BucketAlreadyExists", 409, "taken"});
  EXPECT_EQ(run(run_bucket_create), "Error: CreateBucket returned BucketAlreadyExists (409): taken");
}

TEST_F(BucketCommands, DeleteAsksAndSaysWhatIsInTheWay) {
  give("bucket", "media");
  const std::string no_keys = R"({"id": ")" + kId + R"(", "globalAliases": ["media"], "keys": []})";
  link.expect("GetBucketInfo", no_keys);
  EXPECT_EQ(run(run_bucket_delete),
            "Error: About to delete bucket " + kId + ". Add --yes flag to really perform this operation.");
  give("yes");
  link.expect("GetBucketInfo", no_keys);
  link.expect("DeleteBucket", "null");
  EXPECT_EQ(run(run_bucket_delete), "Bucket " + kId + " has been deleted.\n");
  EXPECT_EQ(link.asked.back(), R"(DeleteBucket {"id":")" + kId + "\"}");
  link.expect("GetBucketInfo", bucket(kPlain));
  EXPECT_THAT(run(run_bucket_delete), HasSubstr("Bucket media still has local aliases, such as m of key GK31"));
  link.expect("GetBucketInfo", bucket(kPlain, R"(["media", "other"])"));
  EXPECT_THAT(run(run_bucket_delete), HasSubstr("Bucket media still has other global aliases, such as other"));
}

TEST_F(BucketCommands, ALastLocalAliasGoesWithTheBucket) {
  give("bucket", "22bc"), give("yes");
  const auto with = [](const std::string& aliases) {
    return R"({"id": ")" + kId + R"(", "globalAliases": [], "keys": [{"accessKeyId": "GK31", "bucketLocalAliases": )" +
           aliases + "}]}";
  };
  link.expect("GetBucketInfo", with(R"(["m", "n"])"));
  EXPECT_THAT(run(run_bucket_delete), HasSubstr("still has local aliases, such as m"));
  link.expect("GetBucketInfo", with(R"(["m"])"));
  link.expect("DeleteBucket", "null");
  EXPECT_EQ(run(run_bucket_delete), "Bucket " + kId + " has been deleted.\n");
}

TEST_F(BucketCommands, AliasesOfBothKinds) {
  give("existing", "media"), give("name", "second");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("AddBucketAlias", bucket(kPlain));
  EXPECT_EQ(run(run_bucket_alias), kPlainText);
  EXPECT_EQ(link.asked.back(), R"(AddBucketAlias {"bucketId":")" + kId + R"(","globalAlias":"second"})");
  give("local", "app1");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("GetKeyInfo", R"({"accessKeyId": "GK31"})");
  link.expect("AddBucketAlias", bucket(kPlain));
  run(run_bucket_alias);
  EXPECT_EQ(link.asked.back(),
            R"(AddBucketAlias {"bucketId":")" + kId + R"(","localAlias":"second","accessKeyId":"GK31"})");
}

TEST_F(BucketCommands, UnaliasLooksInTheRightNamespace) {
  give("name", "second");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("RemoveBucketAlias", bucket(kPlain));
  run(run_bucket_unalias);
  EXPECT_EQ(link.asked[0], R"(GetBucketInfo {"globalAlias":"second"})");
  EXPECT_EQ(link.asked[1], R"(RemoveBucketAlias {"bucketId":")" + kId + R"(","globalAlias":"second"})");
  give("local", "app1");
  const std::string key = R"({"accessKeyId": "GK31", "buckets": [{"id": "other", "localAliases": []}, {"id": ")" + kId +
                          R"(", "localAliases": ["second"]}]})";
  link.expect("GetKeyInfo", key);
  link.expect("RemoveBucketAlias", bucket(kPlain));
  run(run_bucket_unalias);
  EXPECT_EQ(link.asked.back(),
            R"(RemoveBucketAlias {"bucketId":")" + kId + R"(","localAlias":"second","accessKeyId":"GK31"})");
  give("name", "third");
  link.expect("GetKeyInfo", key);
  EXPECT_EQ(run(run_bucket_unalias), "Error: Bucket not found in the namespace of key GK31: third");
}

TEST_F(BucketCommands, AllowSendsOnlyTheFlagsGiven) {
  give("bucket", "media"), give("key", "app1"), give("read"), give("owner");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("GetKeyInfo", R"({"accessKeyId": "GK31"})");
  link.expect("AllowBucketKey", bucket(kPlain));
  EXPECT_EQ(run(run_bucket_allow), kPlainText);
  EXPECT_EQ(link.asked[1], R"(GetKeyInfo {"search":"app1","showSecretKey":false})");
  EXPECT_EQ(link.asked.back(), R"(AllowBucketKey {"bucketId":")" + kId +
                                   R"(","accessKeyId":"GK31","permissions":{"read":true,"write":false,"owner":true}})");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("GetKeyInfo", R"({"accessKeyId": "GK31"})");
  link.expect("DenyBucketKey", bucket(kPlain));
  EXPECT_EQ(run(run_bucket_deny), kPlainText);
}

TEST_F(BucketCommands, DenySaysThatAnOwnerMayStillDoAll) {
  const auto deny = [this] {
    link.expect("GetBucketInfo", bucket(kPlain));
    link.expect("GetKeyInfo", R"({"accessKeyId": "GK31"})");
    link.expect("DenyBucketKey", bucket(kPlain));
    session.err.clear();
    run(run_bucket_deny);
    return session.err;
  };
  give("bucket", "media"), give("key", "app1"), give("write");
  EXPECT_EQ(
      deny(),
      "Warning: key GK31 is an owner of this bucket, and an owner may read and write whatever else it is allowed. "
      "To take that too: `garage bucket deny --owner media --key app1`\n");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("GetKeyInfo", R"({"accessKeyId": "GK32"})");
  link.expect("DenyBucketKey", bucket(kPlain));
  session.err.clear();
  run(run_bucket_deny);
  EXPECT_EQ(session.err, "");  // another key is
}

TEST_F(BucketCommands, WebsiteNeedsOneFlagAndKeepsTheErrorDocument) {
  give("bucket", "media");
  EXPECT_THAT(run(run_bucket_website), HasSubstr("exactly one flag"));
  give("allow");
  const char* served =
      R"("websiteAccess": true, "websiteConfig": {"indexDocument": "a.html", "errorDocument": "e.html"},)";
  link.expect("GetBucketInfo", bucket(served));
  link.expect("UpdateBucket", bucket(kPlain));
  run(run_bucket_website);
  EXPECT_EQ(
      link.asked.back(),
      R"(UpdateBucket {"websiteAccess":{"enabled":true,"indexDocument":"index.html","errorDocument":"e.html"},"id":")" +
          kId + "\"}");
  give("deny");
  EXPECT_THAT(run(run_bucket_website), HasSubstr("exactly one flag"));
  session.arguments = {};
  give("bucket", "media"), give("deny");
  link.expect("GetBucketInfo", bucket(served));
  link.expect("UpdateBucket", bucket(kPlain));
  run(run_bucket_website);
  EXPECT_EQ(link.asked.back(), R"(UpdateBucket {"websiteAccess":{"enabled":false},"id":")" + kId + "\"}");
}

TEST_F(BucketCommands, QuotasKeepTheOther) {
  give("bucket", "media");
  EXPECT_THAT(run(run_bucket_set_quotas), HasSubstr("either --max-size or --max-objects"));
  give("max-size", "10G");
  const char* limited = R"("quotas": {"maxSize": 5, "maxObjects": 7},)";
  link.expect("GetBucketInfo", bucket(limited));
  link.expect("UpdateBucket", bucket(kPlain));
  run(run_bucket_set_quotas);
  EXPECT_EQ(link.asked.back(), R"(UpdateBucket {"quotas":{"maxSize":10000000000,"maxObjects":7},"id":")" + kId + "\"}");
  session.arguments = {};
  give("bucket", "media"), give("max-objects", "none");
  link.expect("GetBucketInfo", bucket(limited));
  link.expect("UpdateBucket", bucket(kPlain));
  run(run_bucket_set_quotas);
  EXPECT_EQ(link.asked.back(), R"(UpdateBucket {"quotas":{"maxSize":5,"maxObjects":null},"id":")" + kId + "\"}");
  give("max-objects", "many");
  link.expect("GetBucketInfo", bucket(limited));
  EXPECT_EQ(run(run_bucket_set_quotas), "Error: Invalid number specified: 'many'");
}

TEST_F(BucketCommands, CleanupHasALineForEachBucket) {
  give("bucket", "a"), give("bucket", "b");
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("CleanupIncompleteUploads", R"({"uploadsDeleted": 3})");
  link.expect("CleanupIncompleteUploads", R"({"uploadsDeleted": 0})");
  EXPECT_EQ(run(run_bucket_cleanup), "9f3c000011112222:  3 uploads deleted\n9f3c000011112222:  no uploads deleted\n");
  EXPECT_EQ(link.asked.back(), R"(CleanupIncompleteUploads {"bucketId":")" + kId + R"(","olderThanSecs":86400})");
  // A name that is none changes nothing; and what was done before a failure is said.
  link.expect("GetBucketInfo", bucket(kPlain));
  link.refuse("GetBucketInfo", {"NoSuchBucket", 404, "Bucket not found: b"});
  EXPECT_THAT(run(run_bucket_cleanup), HasSubstr("Bucket not found: b"));
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("GetBucketInfo", bucket(kPlain));
  link.expect("CleanupIncompleteUploads", R"({"uploadsDeleted": 3})");
  link.refuse("CleanupIncompleteUploads", {"ServiceUnavailable", 503, "no quorum"});
  EXPECT_THAT(run(run_bucket_cleanup), ::testing::StartsWith("9f3c000011112222:  3 uploads deleted\nError: "));
  give("older-than", "ago");
  EXPECT_THAT(run(run_bucket_cleanup), HasSubstr("Error: Invalid duration passed for --older-than parameter: "));
}

}  // namespace
}  // namespace garage::cli

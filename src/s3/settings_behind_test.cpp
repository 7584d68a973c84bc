// What is answered by a node whose copy of the settings is behind: who else's word is asked for, and when nobody's is
// to be had.
#include <gtest/gtest.h>

#include "model/testing/two_nodes.hpp"
#include "s3/testing/front.hpp"

namespace garage::s3 {
namespace {

using namespace testing;

// Two nodes of settings over one store of objects. The front is that of the second one, which keeps no settings rows
// and hears of no change.
struct BehindTest : Front {
  BehindTest() {
    node.settings->share(copies);
    writer = make_key_there("writer");
    target = make_bucket_there("target");
    source = make_bucket_there("source");
    allow_there(target, writer, {.read = true, .write = true});
    allow_there(source, writer, {.read = true, .write = true});
    EXPECT_EQ(put("/source/object"), 200);
    world.caller.reachable = false;
    others = {id_a, world.random.id<NodeId>()};
    b.copies->compare_with({.alone = [this] { return others.empty(); }, .others = [this] { return others; }});
  }

  runtime::ManualLoop& loop() { return node.node.loop; }
  BucketId make_bucket_there(const std::string& name) {
    return node.run(node.settings->create_bucket(name, "", 4)).value();
  }
  api::testing::RequestSigner make_key_there(const std::string& name) {
    const auto key = node.run(node.settings->create_key(name, std::nullopt)).value();
    api::testing::RequestSigner signer = owner;
    signer.key_id = key.id;
    signer.secret = std::string(key.secret.reveal());
    return signer;
  }
  void allow_there(BucketId bucket, const api::testing::RequestSigner& who, model::Permission permission) {
    ASSERT_TRUE(node.run(node.settings->set_permission(bucket, who.key_id, permission)));
  }
  // What was asked of the replicas before now is not taken for an answer any more.
  void forget_answers() { loop().advance(model::SettingsCopies::kTrusted + 1ms); }

  Seen ask_behind(TestRequest& request) { return {api::testing::see(node, behind, request.get())}; }
  Seen ask_behind(const std::string& method, const std::string& target_of, const Fields& fields,
                  const std::string& body = "") {
    TestRequest request(method, target_of);
    request.header("host", "127.0.0.1");
    for (const auto& [name, value] : fields) request.header(name, value);
    request.body(body);
    writer.sign(request, api::testing::RequestSigner::sha256_hex(body));
    return ask_behind(request);
  }
  int put(const std::string& path) { return ask_behind("PUT", path, {}, "bytes").status; }
  std::string copy(const std::string& from) {
    const auto seen = ask_behind("PUT", "/target/copy", {{"x-amz-copy-source", from}});
    return seen.status == 200 ? "done" : seen.element("Code");
  }
  std::string copy_part(const std::string& from) {
    if (upload.empty()) upload = ask_behind("POST", "/target/parts?uploads", {}).element("UploadId");
    const auto seen = ask_behind("PUT", "/target/parts?partNumber=1&uploadId=" + upload, {{"x-amz-copy-source", from}});
    return seen.status == 200 ? "done" : seen.element("Code");
  }
  // A browser's form, signed by that key.
  std::string post(const api::testing::RequestSigner& who, const std::string& bucket = "target") {
    const std::string policy =
        codec::to_base64(R"({"expiration": "2026-01-02T00:00:00Z", "conditions": [{"bucket": ")" + bucket +
                         R"("}, ["starts-with", "$key", ""]]})");
    std::string body;
    for (const auto& [name, value] : Fields{
             {"key", "form"}, {"AWSAccessKeyId", who.key_id}, {"policy", policy}, {"signature", who.sign_v2(policy)}}) {
      body += "--x\r\ncontent-disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
    body += "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nbytes\r\n--x--\r\n";
    TestRequest request("POST", "/" + bucket);
    request.header("host", "127.0.0.1").header("content-type", "multipart/form-data; boundary=x").body(body);
    const auto seen = ask_behind(request);
    return seen.status == 204 ? "done" : seen.element("Code");
  }

  model::testing::World world;
  NodeId id_a = world.random.id<NodeId>(), id_b = world.random.id<NodeId>();
  model::SettingsCopies copies{*node.settings, machine.store, node.node.commits,
                               world.pool,     world.caller,  [this] { return std::vector<NodeId>{id_b}; }};
  table::LocalRegister rows{machine.store, node.node.commits, world.pool, node.ords, node.settings->schema()};
  model::testing::Node b{world, id_b, id_a, &rows};
  std::vector<NodeId> others;
  Service behind{{env, *b.settings, *node.objects, options}};
  api::testing::RequestSigner writer;
  BucketId target, source;
  std::string upload;
};

TEST_F(BehindTest, ARightOnTheSourceThatWasTakenAwayCopiesNothing) {
  EXPECT_EQ(copy("/source/object"), "done");
  EXPECT_EQ(copy_part("/source/object"), "done");
  allow_there(source, writer, {});
  forget_answers();
  EXPECT_EQ(copy("/source/object"), "AccessDenied");
  EXPECT_EQ(copy_part("/source/object"), "AccessDenied");
  allow_there(source, writer, {.read = true});
  forget_answers();
  EXPECT_EQ(copy("/source/object"), "done");
  EXPECT_EQ(copy_part("/source/object"), "done");
}

TEST_F(BehindTest, ASourceIsNotMissingBecauseTheCopyLacksIt) {
  const BucketId late = make_bucket_there("late");
  allow_there(late, writer, {.read = true});
  EXPECT_EQ(copy("/late/object"), "NoSuchKey");
  EXPECT_EQ(copy("/never/object"), "NoSuchBucket");
  // Nor where the copy counts as good.
  const BucketId later = make_bucket_there("later");
  allow_there(later, writer, {.read = true});
  others.clear();
  EXPECT_EQ(copy("/later/object"), "NoSuchKey");
  world.remote.fails = true;
  EXPECT_EQ(copy("/unheard-of/object"), "ServiceUnavailable");
}

TEST_F(BehindTest, ASourceThatNobodyVouchesForIsNotJudged) {
  ASSERT_EQ(put("/target/other"), 200);  // so that everything else has been asked about
  world.remote.fails = true;
  EXPECT_EQ(copy("/source/object"), "ServiceUnavailable");
  EXPECT_EQ(copy_part("/source/object"), "ServiceUnavailable");
  EXPECT_EQ(copy("/target/other"), "done");
}

TEST_F(BehindTest, AFormIsJudgedByTheKeyAsItIsNow) {
  EXPECT_EQ(post(writer), "done");
  const auto late = make_key_there("late");
  EXPECT_EQ(post(late), "AccessDenied");
  allow_there(target, late, {.write = true});
  forget_answers();
  EXPECT_EQ(post(late), "done");
  ASSERT_TRUE(node.run(node.settings->delete_key(late.key_id)));
  forget_answers();
  EXPECT_EQ(post(late), "InvalidAccessKeyId");
  // One that the copy lacks is asked about where it counts as good, too.
  const auto later = make_key_there("later");
  others.clear();
  EXPECT_EQ(post(later), "AccessDenied");
}

TEST_F(BehindTest, AFormWhoseKeyNobodyVouchesForIsNotJudged) {
  const auto other = make_key_there("other");
  EXPECT_EQ(post(other), "AccessDenied");  // so that the bucket has been asked about
  world.remote.fails = true;
  EXPECT_EQ(post(writer), "ServiceUnavailable");
  EXPECT_EQ(post(other), "ServiceUnavailable") << "nor denied";
}

TEST_F(BehindTest, ARightThatTheCopyHasNotHeardOfIsNotDenied) {
  others.clear();  // the copy counts as good
  const auto late = make_key_there("late");
  EXPECT_EQ(post(late), "AccessDenied");
  writer = late;
  EXPECT_EQ(put("/target/new"), 403);
  allow_there(target, late, {.write = true});
  EXPECT_EQ(put("/target/new"), 200);
  EXPECT_EQ(copy("/source/object"), "AccessDenied");
  allow_there(source, late, {.read = true});
  EXPECT_EQ(copy("/source/object"), "done");
  world.remote.fails = true;
  EXPECT_EQ(put("/source/object"), 503) << "nobody can tell";
}

TEST_F(BehindTest, AFormMayComeBeforeTheCopyHasHeardOfTheRight) {
  others.clear();
  const auto late = make_key_there("late");
  EXPECT_EQ(post(late), "AccessDenied");
  allow_there(target, late, {.write = true});
  EXPECT_EQ(post(late), "done");
}

TEST_F(BehindTest, ANameOfTheKeysOwnIsFoundThoughTheCopyHasNotHeardOfIt) {
  others.clear();
  EXPECT_EQ(put("/mine/new"), 404);
  ASSERT_TRUE(node.run(node.settings->add_local_alias(target, writer.key_id, "mine")));
  EXPECT_EQ(put("/mine/new"), 200);
  const BucketId late = make_bucket_there("late");
  allow_there(late, writer, {.write = true});
  EXPECT_EQ(put("/" + late.hex() + "/new"), 200);
  const BucketId later = make_bucket_there("later");
  allow_there(later, writer, {.write = true});
  ASSERT_TRUE(node.run(node.settings->add_local_alias(later, writer.key_id, "both")));
  EXPECT_EQ(put("/both/new"), 200);
}

TEST_F(BehindTest, ANameMayLeadElsewhereThanTheCopyKnows) {
  make_bucket_there("hidden");
  const BucketId moved = make_bucket_there("moved");
  ASSERT_EQ(put("/hidden/new"), 403);
  ASSERT_EQ(put("/moved/new"), 403);
  others.clear();
  ASSERT_TRUE(node.run(node.settings->add_local_alias(target, writer.key_id, "hidden")));
  EXPECT_EQ(put("/hidden/new"), 200);
  ASSERT_TRUE(node.run(node.settings->add_global_alias(moved, "elsewhere")));
  ASSERT_TRUE(node.run(node.settings->remove_global_alias(moved, "moved")));
  ASSERT_TRUE(node.run(node.settings->add_global_alias(target, "moved")));
  EXPECT_EQ(put("/moved/new"), 200);
}

TEST_F(BehindTest, WhatAKeyMayIsAskedBeforeItIsDenied) {
  others.clear();
  EXPECT_EQ(ask_behind("PUT", "/fresh", {}).element("Code"), "AccessDenied");
  ASSERT_TRUE(node.run(node.settings->edit_key(writer.key_id, [](model::AccessKey& key) -> Result<void> {
    key.may_create_buckets = true;
    return {};
  })));
  EXPECT_EQ(ask_behind("PUT", "/fresh", {}).status, 200);
  // It is theirs, which this node has not heard of either.
  EXPECT_EQ(ask_behind("PUT", "/target", {}).element("Code"), "BucketAlreadyOwnedByYou");
  allow_there(target, writer, {.write = true, .owner = true});
  EXPECT_EQ(ask_behind("PUT", "/target", {}).status, 200);
  // The name is free again.
  ASSERT_TRUE(node.run(node.settings->add_global_alias(target, "renamed")));
  ASSERT_TRUE(node.run(node.settings->remove_global_alias(target, "target")));
  EXPECT_EQ(ask_behind("PUT", "/target", {}).status, 200);
}

}  // namespace
}  // namespace garage::s3

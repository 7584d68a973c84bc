// Who may do what, and what the front says to requests that are wrong.
#include "s3/service.hpp"

#include <gmock/gmock.h>

#include "s3/testing/front.hpp"

namespace garage::s3 {
namespace {

using testing::Fields;
using testing::Front;
using ::testing::HasSubstr;
using testing::Seen;
using testing::TestRequest;

TEST_F(Front, StoresAndGivesBack) {
  const auto put = ask("PUT", "/box/key", "hello", {{"content-type", "text/plain"}, {"x-amz-meta-a", "b"}});
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.header("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  const auto got = ask("GET", "/box/key");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.header("content-type"), "text/plain");
  EXPECT_EQ(got.header("x-amz-meta-a"), "b");
  EXPECT_EQ(got.header("x-amz-request-id").size(), 16u);
  EXPECT_EQ(ask("HEAD", "/box/key").response.entity_length, 5u);
  EXPECT_EQ(ask("DELETE", "/box/key").status, 204);
  EXPECT_EQ(ask("GET", "/box/key").element("Code"), "NoSuchKey");
}

TEST_F(Front, APartIsGivenOfTheObjectThatTheClientKnows) {
  const std::string etag = ask("PUT", "/box/key", "0123456789").header("etag");
  const Fields go_on{{"range", "bytes=2-4"}, {"if-range", etag}};
  EXPECT_EQ(ask("GET", "/box/key", "", go_on).status, 206);
  EXPECT_EQ(ask("GET", "/box/key", "", go_on).body, "234");
  ask("PUT", "/box/key", "9876543210");
  EXPECT_EQ(ask("GET", "/box/key", "", go_on).status, 200);
  EXPECT_EQ(ask("GET", "/box/key", "", go_on).body, "9876543210");
}

TEST_F(Front, RightsAreChecked) {
  ask("PUT", "/box/key", "hello");
  for (const std::string method : {"GET", "PUT", "DELETE", "HEAD"}) {
    EXPECT_EQ(ask_as(stranger, method, "/box/key").status, 403) << method;
  }
  EXPECT_EQ(ask_as(stranger, "GET", "/none/key").element("Code"), "NoSuchBucket");
  allow(stranger, {.read = true, .write = false, .owner = false});
  EXPECT_EQ(ask_as(stranger, "GET", "/box/key").body, "hello");
  EXPECT_EQ(ask_as(stranger, "PUT", "/box/key", "new").status, 403);
  EXPECT_EQ(ask_as(stranger, "GET", "/box?website").status, 403) << "settings are the owner's";
  allow(stranger, {.read = false, .write = true, .owner = false});
  EXPECT_EQ(ask_as(stranger, "PUT", "/box/key", "new").status, 200);
  EXPECT_EQ(ask_as(stranger, "GET", "/box/key").status, 403);
  EXPECT_EQ(ask_as(stranger, "PUT", "/box?tagging", "<Tagging/>").status, 403);
  EXPECT_EQ(ask("GET", "/box/key").body, "new");
}

TEST_F(Front, WithoutAGoodSignatureNothing) {
  TestRequest unsigned_request("GET", "/box/key");
  unsigned_request.header("host", "127.0.0.1");
  EXPECT_EQ(ask(unsigned_request).element("Code"), "AccessDenied");
  auto wrong = owner;
  wrong.secret += "x";
  EXPECT_EQ(ask_as(wrong, "GET", "/box/key").element("Code"), "SignatureDoesNotMatch");
  auto unknown = owner;
  unknown.key_id = "GK000000000000000000000000";
  EXPECT_EQ(ask_as(unknown, "GET", "/box/key").element("Code"), "InvalidAccessKeyId");
}

// A browser's form has its credentials in its body. That must open nothing else.
TEST_F(Front, ABodyThatLooksLikeAFormLetsNobodyIn) {
  ask("PUT", "/box/key", "hello");
  const std::string list = "<Delete><Object><Key>key</Key></Object></Delete>";
  const std::string form = "multipart/form-data; boundary=x";
  for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"}) {
    for (const char* path : {"/", "/box", "/box/key"}) {
      for (const char* query : {"", "?delete", "?uploads", "?tagging", "?cors", "?website", "?acl", "?policy",
                                "?uploadId=x", "?uploadId=x&partNumber=1", "?location", "?versions"}) {
        TestRequest anonymous(method, std::string(path) + query);
        anonymous.header("host", "127.0.0.1").header("content-type", form).body(list);
        const auto seen = ask(anonymous);
        const bool posts = std::string_view(method) == "POST" && std::string_view(path) == "/box" && *query == '\0';
        EXPECT_EQ(seen.status, posts ? 400 : 403) << method << ' ' << path << query;
        allow(stranger, {.read = true, .write = false, .owner = false});
        if (std::string_view(method) == "POST") {
          EXPECT_GE(ask_as(stranger, method, std::string(path) + query, list, {{"content-type", form}}).status, 400)
              << path << query << " by one who may only read";
        }
      }
    }
  }
  EXPECT_EQ(ask("GET", "/box/key").body, "hello");
}

TEST_F(Front, SignaturesAndWhatEndsAreJudgedByClocksOfTheirOwn) {
  object::testing::HandClock signing, ending;
  Service judging({.env = env,
                   .settings = *node.settings,
                   .objects = *node.objects,
                   .options = options,
                   .signing_clock = &signing,
                   .ending_clock = &ending});
  const auto code = [&](const std::string& expires) {
    TestRequest request("GET", "/box");
    request.header("host", "127.0.0.1");
    if (expires.empty()) {
      owner.sign(request);
    } else {
      owner.presign(request, expires);
    }
    return Seen{api::testing::see(node, judging, request.get())}.element("Code");
  };
  EXPECT_EQ(code(""), "-");
  EXPECT_EQ(code("60"), "-");
  ending.unix_ms += 61'000;
  EXPECT_EQ(code(""), "-");
  EXPECT_EQ(code("60"), "AccessDenied");
  signing.unix_ms += 16 * 60'000;
  EXPECT_EQ(code(""), "RequestTimeTooSkewed");
}

TEST_F(Front, ABodyThatIsNotTheSignedOneIsNotStored) {
  TestRequest request("PUT", "/box/key");
  request.header("host", "127.0.0.1").body("hullo");
  owner.sign(request, api::testing::RequestSigner::sha256_hex("hello"));
  EXPECT_EQ(ask(request).status, 400);
  EXPECT_EQ(ask("GET", "/box/key").status, 404);
}

TEST_F(Front, UnbuiltIsRefusedAndNeverIgnored) {
  EXPECT_EQ(ask("PUT", "/box/key", "x", {{"x-amz-acl", "public-read"}}).status, 501);
  EXPECT_EQ(ask("PUT", "/box/key", "x", {{"x-amz-server-side-encryption", "AES256"}}).status, 501);
  EXPECT_EQ(ask("PUT", "/box/key", "x", {{"x-amz-storage-class", "COLD"}}).element("Code"), "InvalidStorageClass");
  EXPECT_EQ(ask("PUT", "/box?policy", "{}").status, 501);
  EXPECT_EQ(ask("GET", "/box?policy&acl").element("Code"), "InvalidRequest");
  EXPECT_EQ(ask("GET", "/box/key").status, 404);
}

// A sub-resource that is not known must not turn into the plain operation: that would overwrite, or delete.
TEST_F(Front, AnUnknownSubResourceIsNotThePlainOperation) {
  ask("PUT", "/box/key", "one");
  for (const std::string query : {"annotation&annotationName=n", "annotation", "some-newer-one", "minio-thing&id=x",
                                  "acl&some-newer-one", "prefix=k", "tagging&id=1"}) {
    for (const std::string method : {"PUT", "POST", "DELETE"}) {
      EXPECT_EQ(ask(method, "/box/key?" + query).element("Code"), "NotImplemented") << method << query;
      EXPECT_EQ(ask(method, "/box?" + query).element("Code"), "NotImplemented") << method << query;
    }
  }
  for (const std::string query : {"abac", "annotation", "metadataAnnotationTable", "metadataInventoryTable",
                                  "metadataJournalTable", "metadataConfiguration", "metadataTable"}) {
    for (const std::string method : {"GET", "PUT", "DELETE"}) {
      EXPECT_EQ(ask(method, "/box?" + query).status, 501) << method << query;
    }
  }
  EXPECT_EQ(ask("GET", "/box/key?annotation&annotationName=n").status, 501);
  EXPECT_EQ(ask_as(stranger, "PUT", "/box/key?some-newer-one").status, 403);
  EXPECT_EQ(ask("GET", "/box/key").body, "one");
}

// What clients add to ordinary requests: the name of the operation, notes for the access log, signatures, and the
// headers that are signed with them.
TEST_F(Front, WhatClientsAddToTheQueryOfAnyRequestChangesNothing) {
  for (const std::string query : {"x-id=PutObject", "x-note=mine", "X-Amz-User-Agent=a", "response-content-type=a",
                                  "AWSAccessKeyId=a&Signature=b&Expires=1&content-type=c&content-md5=d"}) {
    const bool second = query.starts_with("AWS");
    if (!second) EXPECT_EQ(ask("PUT", "/box/key?" + query, "one").status, 200) << query;
    TestRequest request("PUT", "/box/key?" + query);
    const auto routed = route(request.get(), api::parse_uri(request.get()).value(), {"box", "key"},
                              api::EffectiveHeaders(request.get().headers));
    EXPECT_EQ((*routed)->name, "PutObject") << query;
  }
  TestRequest presigned("PUT", "/box/key?x-id=PutObject&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-meta-a=b");
  presigned.header("host", "127.0.0.1").body("");
  owner.presign(presigned);
  EXPECT_EQ(ask(presigned).status, 200);
  EXPECT_EQ(ask("HEAD", "/box/key").header("x-amz-meta-a"), "b");
  EXPECT_EQ(ask("GET", "/box/key?some-newer-one").status, 200) << "a read changes nothing";
  EXPECT_EQ(ask("DELETE", "/box/key?x-id=DeleteObject&versionId=null").status, 204);
  EXPECT_EQ(ask("POST", "/box?delete&x-id=DeleteObjects", "<Delete><Object><Key>k</Key></Object></Delete>").status,
            200);
}

TEST_F(Front, ConditionsHaveOneWinner) {
  EXPECT_EQ(ask("PUT", "/box/key", "one", {{"if-none-match", "*"}}).status, 200);
  for (const std::string any : {"*", "\"*\"", "W/\"*\""}) {
    EXPECT_EQ(ask("PUT", "/box/key", "two", {{"if-none-match", any}}).element("Code"), "PreconditionFailed") << any;
  }
  const std::string etag = ask("HEAD", "/box/key").header("etag");
  EXPECT_EQ(ask("PUT", "/box/key", "three", {{"if-match", etag}}).status, 200);
  EXPECT_EQ(ask("PUT", "/box/key", "four", {{"if-match", etag}}).status, 412);
  EXPECT_EQ(ask("PUT", "/box/none", "x", {{"if-match", etag}}).element("Code"), "NoSuchKey");
  EXPECT_EQ(ask("GET", "/box/key").body, "three");
}

// Nobody is told that a condition held which was none: a variable of a script may be empty.
TEST_F(Front, AConditionThatSaysNothingIsRefused) {
  ask("PUT", "/box/key", "one");
  const auto begun = ask("POST", "/box/key?uploads").element("UploadId");
  const std::string list = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                           ask("PUT", "/box/key?partNumber=1&uploadId=" + begun, "two").header("etag") +
                           "</ETag></Part></CompleteMultipartUpload>";
  const std::string from = "x-amz-copy-source";
  for (const std::string nothing : {"", ","}) {
    for (const std::string name : {"if-match", "if-none-match"}) {
      const Fields condition{{name, nothing}};
      EXPECT_EQ(ask("PUT", "/box/key", "two", condition).element("Code"), "InvalidArgument");
      EXPECT_EQ(ask("POST", "/box/key?uploads", "", condition).element("Code"), "InvalidArgument");
      EXPECT_EQ(ask("POST", "/box/key?uploadId=" + begun, list, condition).element("Code"), "InvalidArgument");
      EXPECT_EQ(ask("PUT", "/box/other", "", {{from, "/box/key"}, {name, nothing}}).element("Code"), "InvalidArgument");
      EXPECT_EQ(ask("PUT", "/box/other", "", {{from, "/box/key"}, {from + "-" + name, nothing}}).element("Code"),
                "InvalidArgument");
    }
    EXPECT_EQ(ask("DELETE", "/box/key", "", {{"if-match", nothing}}).element("Code"), "InvalidArgument");
  }
  EXPECT_EQ(ask("GET", "/box/key").body, "one");
  EXPECT_EQ(ask("GET", "/box/other").status, 404);
}

// It may be false already where an upload begins; some clients send it then and with the Complete, some only then.
TEST_F(Front, AConditionIsLookedAtWhereAnUploadBegins) {
  const std::string etag = ask("PUT", "/box/key", "one").header("etag");
  EXPECT_EQ(ask("POST", "/box/key?uploads", "", {{"if-none-match", "*"}}).status, 412);
  EXPECT_EQ(ask("POST", "/box/key?uploads", "", {{"if-match", "\"other\""}}).status, 412);
  EXPECT_EQ(ask("POST", "/box/key?uploads", "", {{"if-match", etag}}).status, 200);
  EXPECT_EQ(ask("POST", "/box/none?uploads", "", {{"if-match", etag}}).element("Code"), "NoSuchKey");
  const std::string upload = ask("POST", "/box/new?uploads", "", {{"if-none-match", "*"}}).element("UploadId");
  const std::string target = "/box/new?uploadId=" + upload;
  const std::string part = ask("PUT", target + "&partNumber=1", "bytes").header("etag");
  ASSERT_EQ(ask("PUT", "/box/new", "came first").status, 200);
  const std::string list = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + part +
                           "</ETag></Part></CompleteMultipartUpload>";
  EXPECT_EQ(ask("POST", target, list, {{"if-none-match", "*"}}).status, 412) << "it is decided there";
  EXPECT_EQ(ask("POST", target, list).element("Code"), "PreconditionFailed") << "though it was sent before only";
  options.decides_conditions = false;
  EXPECT_EQ(ask("POST", target, list).status, 501) << "nor is it passed by where it cannot be kept";
  options.decides_conditions = true;
  EXPECT_EQ(ask("GET", "/box/new").body, "came first");
  const std::string came_first = ask("HEAD", "/box/new").header("etag");
  EXPECT_EQ(ask("POST", target, list, {{"if-match", came_first}}).status, 200) << "its own one counts";
}

TEST_F(Front, AConditionOfAnUploadHoldsToItsEnd) {
  const std::string etag = ask("PUT", "/box/key", "one").header("etag");
  const auto upload = [&](const Fields& condition) {
    const std::string target =
        "/box/key?uploadId=" + ask("POST", "/box/key?uploads", "", condition).element("UploadId");
    const std::string part = ask("PUT", target + "&partNumber=1", "bytes").header("etag");
    return std::pair(target, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + part +
                                 "</ETag></Part></CompleteMultipartUpload>");
  };
  const auto [late, late_list] = upload({{"if-match", etag}});
  const auto [gone, gone_list] = upload({{"if-match", "\"other\""}, {"if-match", etag}});
  const auto [good, good_list] = upload({{"if-match", etag}});
  EXPECT_EQ(ask("POST", good, good_list).status, 200);
  EXPECT_EQ(ask("POST", good, good_list).status, 200) << "once more, it is the same";
  EXPECT_EQ(ask("POST", late, late_list).status, 412);
  EXPECT_EQ(ask("DELETE", "/box/key").status, 204);
  EXPECT_EQ(ask("POST", gone, gone_list).element("Code"), "NoSuchKey");
}

// What an operation does not keep, it refuses: who asked for a condition must not be told that it held.
TEST_F(Front, AConditionThatAWriteDoesNotKeepIsRefused) {
  const std::string etag = ask("PUT", "/box/key", "one", {{"x-amz-tagging", "a=1"}}).header("etag");
  const std::string upload = ask("POST", "/box/key?uploads").element("UploadId");
  const std::string long_ago = "Thu, 01 Jan 2015 00:00:00 GMT";
  const auto code = [&](const std::string& method, const std::string& target, const Fields& condition,
                        const std::string& body = "") {
    const auto seen = ask(method, target, body, condition);
    return std::to_string(seen.status) + " " + seen.element("Code");
  };
  const std::string refused = "501 NotImplemented";
  EXPECT_EQ(code("DELETE", "/box/key", {{"if-unmodified-since", long_ago}}), refused);
  EXPECT_EQ(code("DELETE", "/box/key", {{"if-none-match", etag}}), refused);
  EXPECT_EQ(code("DELETE", "/box/key", {{"if-modified-since", long_ago}}), refused);
  EXPECT_EQ(code("DELETE", "/box/key?tagging", {{"if-match", etag}}), refused);
  EXPECT_EQ(code("DELETE", "/box/key?uploadId=" + upload, {{"if-match", etag}}), refused);
  EXPECT_EQ(code("DELETE", "/box", {{"if-match", "*"}}), refused);
  EXPECT_EQ(code("PUT", "/box/key?partNumber=1&uploadId=" + upload, {{"if-match", etag}}, "x"), refused);
  EXPECT_EQ(code("PUT", "/box/key?tagging", {{"if-match", "none"}}, "<Tagging><TagSet/></Tagging>"), refused);
  EXPECT_EQ(code("PUT", "/box/key", {{"if-unmodified-since", long_ago}}, "two"), refused);
  EXPECT_EQ(code("PUT", "/box/key", {{"x-amz-if-match-size", "1"}}, "two"), refused);
  EXPECT_EQ(code("PUT", "/box/key", {{"x-amz-copy-source-if-match", "none"}}, "two"), refused);
  EXPECT_EQ(code("PUT", "/box/key", {{"x-amz-object-if-match", etag}}, "two"), refused) << "nobody has heard of it yet";
  EXPECT_EQ(code("PUT", "/box/meta", {{"x-amz-meta-what-if-not", "x"}}, "two"), "200 -") << "no condition";
  EXPECT_EQ(code("PUT", "/box/key", {{"x-amz-copy-source", "/box/key"}, {"if-modified-since", long_ago}}), refused);
  EXPECT_EQ(ask_as(stranger, "DELETE", "/box/key", "", {{"if-none-match", "*"}}).status, 403);
  EXPECT_EQ(ask("GET", "/box/key").body, "one");
  EXPECT_EQ(ask("GET", "/box/key?tagging").element("Key"), "a");
  EXPECT_EQ(ask("DELETE", "/box/key", "", {{"if-match", "none"}}).status, 412);
  EXPECT_EQ(ask("DELETE", "/box/key", "", {{"if-match", etag}}).status, 204);
}

TEST_F(Front, AConditionInSeveralFieldsIsOneList) {
  const std::string etag = ask("PUT", "/box/key", "one").header("etag");
  EXPECT_EQ(ask("PUT", "/box/key", "two", {{"if-none-match", "\"other\""}, {"if-none-match", "*"}}).status, 412);
  EXPECT_EQ(ask("GET", "/box/key").body, "one");
  EXPECT_EQ(ask("DELETE", "/box/key", "", {{"if-match", "\"other\""}, {"if-match", etag}}).status, 204);
}

TEST_F(Front, WhereConditionsCannotBeKeptEachIsRefused) {
  const std::string etag = ask("PUT", "/box/key", "one").header("etag");
  ask("PUT", "/box/other", "two");
  options.decides_conditions = false;
  EXPECT_EQ(ask("PUT", "/box/key", "two", {{"if-match", etag}}).status, 501);
  EXPECT_EQ(ask("DELETE", "/box/key", "", {{"x-amz-if-match-size", "3"}}).status, 501);
  EXPECT_EQ(ask("GET", "/box/key", "", {{"if-match", etag}}).status, 200) << "what is read is seen";
  EXPECT_EQ(
      ask("PUT", "/box/copy", "", {{"x-amz-copy-source", "/box/key"}, {"x-amz-copy-source-if-match", etag}}).status,
      200);
  const auto deleted =
      ask("POST", "/box?delete",
          "<Delete><Object><Key>key</Key><ETag>" + etag + "</ETag></Object><Object><Key>other</Key></Object></Delete>");
  EXPECT_THAT(deleted.body, HasSubstr("<Error><Key>key</Key><Code>NotImplemented</Code>"));
  EXPECT_THAT(deleted.body, HasSubstr("<Deleted><Key>other</Key></Deleted>"));
  EXPECT_EQ(ask("GET", "/box/key").body, "one");
  EXPECT_EQ(ask("GET", "/box/other").status, 404);
}

TEST_F(Front, AFalseConditionOfAReadShowsWhatItWasJudgedOn) {
  const std::string etag = ask("PUT", "/box/key", "one").header("etag");
  for (const char* target : {"/box/key", "/box/key?attributes"}) {
    const Fields etag_wanted{{"x-amz-object-attributes", "ETag"}};
    const auto with = [&](const std::string& name, const std::string& value) {
      Fields fields = etag_wanted;
      fields.emplace_back(name, value);
      return ask("GET", target, "", fields);
    };
    const auto other = with("if-match", "\"none\""), same = with("if-none-match", etag);
    EXPECT_EQ(other.status, 412);
    EXPECT_EQ(other.header("etag"), etag) << target;
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.header("etag"), etag) << target;
    EXPECT_EQ(same.header("last-modified"), "Thu, 01 Jan 2026 00:00:00 GMT");
    EXPECT_EQ(other.header("last-modified"), same.header("last-modified"));
  }
}

// The part of an upload whose id got lost would take the place of the whole object, and so on.
TEST_F(Front, APartOrVersionThatTheOperationKnowsNotIsRefused) {
  ask("PUT", "/box/key", "one");
  const auto code = [&](const std::string& method, const std::string& query, const Fields& fields = {}) {
    return ask(method, "/box/key?" + query, method == "PUT" && fields.empty() ? "two" : "", fields).element("Code");
  };
  const Fields copied{{"x-amz-copy-source", "/box/key"}, {"x-amz-metadata-directive", "REPLACE"}};
  EXPECT_EQ(code("PUT", "partNumber=1"), "InvalidArgument");
  EXPECT_EQ(code("PUT", "partNumber=1", copied), "InvalidArgument");
  EXPECT_EQ(code("PUT", "versionId=null"), "InvalidArgument");
  EXPECT_EQ(code("PUT", "versionId=", copied), "InvalidArgument");
  EXPECT_EQ(code("POST", "uploads&versionId=null"), "InvalidArgument");
  EXPECT_EQ(code("DELETE", "partNumber=1"), "InvalidArgument");
  EXPECT_EQ(code("DELETE", "versionId="), "InvalidArgument");
  EXPECT_EQ(ask("GET", "/box/key").body, "one");
  EXPECT_EQ(code("GET", "acl&versionId=other"), "NoSuchVersion");
  EXPECT_EQ(code("PUT", "acl&versionId=other", {{"x-amz-acl", "private"}}), "NoSuchVersion");
  EXPECT_EQ(ask("GET", "/box/key?partNumber=1&versionId=null").body, "one");
  EXPECT_EQ(ask("DELETE", "/box/key?versionId=null").status, 204);
}

TEST_F(Front, WhoSignsForAnotherRegionIsToldOursWithoutABodyToo) {
  auto elsewhere = owner;
  elsewhere.region = "us-east-1";
  for (const char* method : {"HEAD", "GET"}) {
    const auto seen = ask_as(elsewhere, method, "/box/key");
    EXPECT_EQ(seen.status, 400);
    EXPECT_EQ(seen.header("x-amz-bucket-region"), options.region);
  }
}

// By what the same bucket says of itself, also where a command made it, and so no key.
TEST_F(Front, TheOwnerThatIsShownIsTheOneToExpect) {
  ask("PUT", "/box/key", "x");
  const std::string shown = ask("GET", "/box?acl").element("ID");
  EXPECT_EQ(shown, owner.key_id);
  EXPECT_EQ(ask("GET", "/box/key", "", {{"x-amz-expected-bucket-owner", shown}}).status, 200);
  const auto copy = [&](const std::string& expected) {
    return ask("PUT", "/box/copy", "",
               {{"x-amz-copy-source", "/box/key"}, {"x-amz-source-expected-bucket-owner", expected}})
        .status;
  };
  EXPECT_EQ(copy(shown), 200);
  EXPECT_EQ(copy(stranger.key_id), 403);
  EXPECT_EQ(ask("GET", "/box/key", "", {{"x-amz-expected-bucket-owner", stranger.key_id}}).status, 403);
}

TEST_F(Front, ABucketIsMadeAsItsConfigurationSays) {
  const auto may_create = [](model::AccessKey& key) -> Result<void> {
    key.may_create_buckets = true;
    return {};
  };
  ASSERT_TRUE(node.run(node.settings->edit_key(owner.key_id, may_create)));
  const auto make = [&](const std::string& name, const std::string& inside) {
    return ask("PUT", "/" + name, "<CreateBucketConfiguration>" + inside + "</CreateBucketConfiguration>");
  };
  const std::string tags = "<Tags><Tag><Key>team</Key><Value>red</Value></Tag></Tags>";
  const std::string others = "<Tags><Tag><Key>team</Key><Value>blue</Value></Tag></Tags>";
  EXPECT_EQ(make("tagged", "<LocationConstraint>garage</LocationConstraint>" + tags).status, 200);
  EXPECT_EQ(ask("GET", "/tagged?tagging").element("Value"), "red");
  EXPECT_EQ(make("tagged", tags).status, 200);
  EXPECT_EQ(make("tagged", "").status, 200);
  EXPECT_EQ(make("tagged", others).element("Code"), "BucketAlreadyOwnedByYou") << "it would not be as it was asked for";
  EXPECT_EQ(ask("GET", "/tagged?tagging").element("Value"), "red");
  EXPECT_EQ(make("wrong", "<Tags><Tag><Key>team</Key></Tag></Tags>").element("Code"), "MalformedXML");
  for (const std::string unbuilt :
       {"<Location><Name>zone</Name></Location>", "<Bucket><Type>Directory</Type></Bucket>"}) {
    EXPECT_EQ(make("wrong", unbuilt).element("Code"), "NotImplemented");
  }
  EXPECT_EQ(ask("HEAD", "/wrong").status, 404);
  options.bucket_namespace = BucketNamespace::kLocal;
  EXPECT_EQ(make("local", tags).status, 200);
  EXPECT_EQ(ask("GET", "/local?tagging").element("Value"), "red");
}

TEST_F(Front, WhoMakesABucketTwiceAtOnceOwnsIt) {
  const auto may_create = [](model::AccessKey& key) -> Result<void> {
    key.may_create_buckets = true;
    return {};
  };
  for (const auto& who : {owner, stranger}) ASSERT_TRUE(node.run(node.settings->edit_key(who.key_id, may_create)));
  const auto race = [&](const std::string& name, const api::testing::RequestSigner& other) {
    TestRequest one("PUT", "/" + name), two("PUT", "/" + name);
    owner.sign(one.header("host", "127.0.0.1"));
    other.sign(two.header("host", "127.0.0.1"));
    std::optional<http::Response> first, second;
    node.node.pool().hold_back();  // neither sees what the other one writes
    node.node.start(service.handle(one), first);
    node.node.start(service.handle(two), second);
    while (!first || !second) {
      node.node.pool().go_on();
      node.node.loop.run();
    }
    return std::pair(first->status, second->status);
  };
  EXPECT_EQ(race("mine", owner), std::pair(200, 200));
  EXPECT_EQ(race("contended", stranger), std::pair(200, 409));
  options.bucket_namespace = BucketNamespace::kLocal;
  EXPECT_EQ(race("local", owner), std::pair(200, 200));
  EXPECT_EQ(race("own-each", stranger), std::pair(200, 200));
}

TEST_F(Front, AnswersThatFailedAreCountedByWhatWasAsked) {
  telemetry::Registry registry;
  const telemetry::Instruments instruments{registry};
  Service counted({env, *node.settings, *node.objects, options, &instruments});
  TestRequest request("GET", "/box/key");
  request.header("host", "127.0.0.1");
  counted.answer_failed(request.get());
  EXPECT_THAT(registry.render(), HasSubstr("api_s3_failed_answer_counter{api_endpoint=\"GetObject\"} 1\n"));
}

// Clients decode the prefix of a page in version 1, or do not.
TEST_F(Front, ThePrefixOfAPageOfTheFirstVersionCanBeDecoded) {
  const auto prefix = [&](const std::string& query) { return ask("GET", "/box?" + query).element("Prefix"); };
  EXPECT_EQ(prefix("encoding-type=url&prefix=a%2Bb%25c%20d%2F"), "a%2Bb%25c%20d/");
  EXPECT_EQ(prefix("encoding-type=url&prefix=a%20b%C3%A9%2F"), "a b\xc3\xa9/") << "the same, decoded or not";
  EXPECT_EQ(prefix("prefix=a%2Bb%25c%20d%2F"), "a+b%c d/");
}

TEST_F(Front, ListingsInOrder) {
  for (const std::string key : {"b/2", "a", "b/1", "c"}) ask("PUT", "/box/" + key, "x");
  const auto list = ask("GET", "/box?list-type=2&delimiter=%2F");
  EXPECT_EQ(list.element("KeyCount"), "3");
  EXPECT_LT(list.body.find("<Key>a</Key>"), list.body.find("<Key>c</Key>"));
  EXPECT_THAT(list.body, HasSubstr("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"));
  const auto first = ask("GET", "/box?list-type=2&max-keys=1");
  EXPECT_EQ(first.element("IsTruncated"), "true");
  EXPECT_EQ(ask("GET", "/box?list-type=2&max-keys=x").status, 400);
  EXPECT_EQ(ask("GET", "/box?list-type=3").status, 400);
}

}  // namespace
}  // namespace garage::s3

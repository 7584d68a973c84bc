#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/admin_tokens.hpp"
#include "admin/testing/admin_node.hpp"

namespace garage::admin {
namespace {

using ::testing::HasSubstr;

class AdminTokenOperations : public ::testing::Test, public testing::AdminNode {
 protected:
  AdminTokenOperations() {
    apply_layout();
    context->tokens = &tokens;
  }
  Json create(const std::string& body = "{}") { return good("CreateAdminToken", body); }
  std::optional<TokenHolder> holder_of(const std::string& token) {
    return node.run(tokens.holder_of(Secret(token))).value();
  }

  AdminTokens tokens{*node.settings, *env, {Secret("configured.token"), Secret("for-metrics")}};
};

TEST_F(AdminTokenOperations, CreatedTokenHasTheWholeShapeAndItsSecretIsShownOnce) {
  const Json made =
      create(R"({"name": "backup", "expiration": "2026-02-01T00:00:00Z", "scope": ["GetClusterStatus"]})");
  const std::string id = text(made, "id"), secret = text(made, "secretToken");
  EXPECT_EQ(codec::to_json(made),
            R"({"id":")" + id +
                R"(","created":"2026-01-01T00:00:00.000Z","name":"backup","expiration":"2026-02-01T00:00:00.000Z",)" +
                R"("expired":false,"scope":["GetClusterStatus"],"secretToken":")" + secret + "\"}");
  EXPECT_THAT(secret, ::testing::MatchesRegex("[0-9a-f]{24}\\.[A-Za-z0-9_-]{43}"));
  EXPECT_TRUE(secret.starts_with(id + "."));
  EXPECT_EQ(good("GetAdminTokenInfo", R"({"id": ")" + id + "\"}").find("secretToken"), nullptr);
  const auto kept = node.settings->directory()->admin_token(id);
  EXPECT_THAT(kept->hash, HasSubstr("$argon2id$"));
  EXPECT_THAT(model::encode_admin_token(*kept), ::testing::Not(HasSubstr(secret.substr(25))));
  EXPECT_EQ(text(create(), "name"), "token_20260101_0000");
  EXPECT_EQ(codec::to_json(*create().find("scope")), R"(["*"])");
}

TEST_F(AdminTokenOperations, OnlyTheWholeTokenIsRecognised) {
  const std::string secret = text(create(R"({"scope": ["A", "B"]})"), "secretToken");
  for (int i = 0; i < 2; ++i) {  // the second time it is remembered
    const auto holder = holder_of(secret);
    ASSERT_TRUE(holder);
    EXPECT_TRUE(holder->may("A"));
    EXPECT_FALSE(holder->may("C"));
    EXPECT_FALSE(holder->may_everything());
  }
  std::string wrong = secret;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  for (const std::string& bad : {wrong, secret.substr(0, 24), secret + "x", std::string("x." + secret), std::string(),
                                 std::string(24, '0') + "." + std::string(43, 'x')}) {
    EXPECT_FALSE(holder_of(bad)) << bad;
  }
}

TEST_F(AdminTokenOperations, ConfiguredTokensMayHaveADot) {
  const auto holder = holder_of("configured.token");
  ASSERT_TRUE(holder);
  EXPECT_TRUE(holder->may("Whatever"));
  EXPECT_EQ(holder->id(), "");
  EXPECT_FALSE(holder_of("configured.tokem"));
  EXPECT_FALSE(holder_of("for-metrics"));
  EXPECT_TRUE(tokens.is_metrics_token(Secret("for-metrics")));
  EXPECT_FALSE(tokens.is_metrics_token(Secret("configured.token")));
}

TEST_F(AdminTokenOperations, WhoWasRememberedIsForgottenAtOnce) {
  const Json made = create(R"({"expiration": "2026-01-01T00:00:10Z"})");
  const std::string secret = text(made, "secretToken"), id = text(made, "id");
  EXPECT_TRUE(holder_of(secret));
  node.clock.unix_ms += 10'000;
  EXPECT_FALSE(holder_of(secret)) << "expired";
  good("UpdateAdminToken", R"({"id": ")" + id + R"(", "body": {"neverExpires": true, "scope": ["Metrics"]}})");
  ASSERT_TRUE(holder_of(secret));
  EXPECT_FALSE(holder_of(secret)->may("ListKeys"));
  EXPECT_TRUE(good("DeleteAdminToken", R"({"id": ")" + id + "\"}").is_null());
  EXPECT_FALSE(holder_of(secret)) << "deleted";
  EXPECT_EQ(bad("DeleteAdminToken", R"({"id": ")" + id + "\"}"), "NoSuchAdminToken (404)");
  EXPECT_EQ(bad("UpdateAdminToken", R"({"id": ")" + id + R"(", "name": "x"})"), "NoSuchAdminToken (404)");
}

TEST_F(AdminTokenOperations, ListsConfiguredTokensFirst) {
  const std::string id = text(create(R"({"name": "n"})"), "id");
  const Json list = good("ListAdminTokens");
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(codec::to_json(list.as_array()->front()),
            R"-({"id":null,"created":null,"name":"admin_token (from daemon configuration)","expiration":null,)-"
            R"("expired":false,"scope":["*"]})");
  EXPECT_EQ(text((*list.as_array())[1], "name"), "metrics_token (from daemon configuration)");
  EXPECT_EQ(text((*list.as_array())[2], "id"), id);
  EXPECT_EQ(good("ListAdminTokens", R"({"offset": ")" + id + "\"}").size(), 1u);  // those are not said again
  EXPECT_EQ(good("ListAdminTokens", R"({"limit": 0})").size(), 2u);
}

TEST_F(AdminTokenOperations, SearchMustMatchOne) {
  const std::string id = text(create(R"({"name": "one"})"), "id");
  create(R"({"name": "two"})"), create(R"({"name": "two"})");
  const auto search = [](const std::string& what) { return R"({"search": ")" + what + "\"}"; };
  EXPECT_EQ(text(good("GetAdminTokenInfo", search("one")), "id"), id);
  EXPECT_EQ(text(good("GetAdminTokenInfo", search(id.substr(0, 20))), "id"), id);
  EXPECT_THAT(
      message("GetAdminTokenInfo", search("two")),
      ::testing::MatchesRegex("Bad request: 2 matching admin tokens: [0-9a-f]{24} \\(two\\), [0-9a-f]{24} \\(two\\)"));
  // A name counts before the beginning of an id.
  const std::string named = text(create(R"({"name": ")" + id.substr(0, 8) + "\"}"), "id");
  EXPECT_EQ(text(good("GetAdminTokenInfo", search(id.substr(0, 8))), "id"), named);
  EXPECT_EQ(text(good("GetAdminTokenInfo", search(id)), "id"), id);
  EXPECT_EQ(text(good("GetAdminTokenInfo", search("ONE")), "id"), id);
  EXPECT_EQ(bad("GetAdminTokenInfo", search("three")), "InvalidRequest (400)");
  EXPECT_THAT(message("GetAdminTokenInfo", search("three")),
              ::testing::HasSubstr("0 matching admin tokens: see them with `garage admin-token list`"));
  EXPECT_EQ(bad("GetAdminTokenInfo", R"({"id": "one"})"), "NoSuchAdminToken (404)");
  EXPECT_EQ(bad("GetAdminTokenInfo", "{}"), "InvalidRequest (400)");
  EXPECT_EQ(bad("CreateAdminToken", R"({"expiration": "2026-02-01T00:00:00Z", "neverExpires": true})"),
            "InvalidRequest (400)");
  EXPECT_EQ(bad("CreateAdminToken", R"({"scope": "ListKeys"})"), "InvalidRequest (400)");
}

TEST_F(AdminTokenOperations, TheCurrentOneTellsOfItself) {
  const Json made = create(R"({"name": "me", "scope": []})");
  const auto current = [](const std::string& token) { return R"({"admin_token": ")" + token + "\"}"; };
  EXPECT_EQ(text(good("GetCurrentAdminTokenInfo", current(text(made, "secretToken"))), "name"), "me");
  EXPECT_TRUE(good("GetCurrentAdminTokenInfo", current("configured.token")).find("id")->is_null());
  EXPECT_EQ(bad("GetCurrentAdminTokenInfo", current("for-metrics")), "AccessDenied (403)");
  EXPECT_EQ(bad("GetCurrentAdminTokenInfo", "{}"), "InvalidRequest (400)");
}

TEST_F(AdminTokenOperations, ListsComeInPages) {
  for (const char* name : {"a", "b", "c"}) good("CreateKey", std::string(R"({"name": ")") + name + "\"}");
  const Json all = good("ListKeys");
  const std::string second = text((*all.as_array())[1], "id");
  EXPECT_EQ(good("ListKeys", R"({"limit": "2"})").size(), 2u);
  EXPECT_EQ(good("ListKeys", R"({"offset": ")" + second + "\"}").size(), 2u);
  EXPECT_EQ(
      good("ListKeysInfo", R"({"limit": 1, "offset": ")" + second + "\"}").as_array()->front().find("secretAccessKey"),
      nullptr);
  EXPECT_EQ(bad("ListKeys", R"({"limit": "many"})"), "InvalidRequest (400)");
  good("CreateBucket", R"({"globalAlias": "media"})");
  EXPECT_EQ(good("ListBucketsInfo").size(), 1u);
  EXPECT_EQ(bad("ListBuckets", R"({"offset": "media"})"), "InvalidRequest (400)");
}

TEST_F(AdminTokenOperations, AnObjectIsInspected) {
  const std::string bucket = text(good("CreateBucket", R"({"globalAlias": "media"})"), "id");
  EXPECT_EQ(bad("InspectObject", R"({"bucketId": ")" + bucket + R"(", "key": "nothing"})"), "NoSuchKey (404)");
  EXPECT_EQ(bad("InspectObject", R"({"bucketId": ")" + bucket + "\"}"), "InvalidRequest (400)");
}

}  // namespace
}  // namespace garage::admin

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing/fake_link.hpp"

namespace garage::cli {
namespace {

using ::testing::HasSubstr;

const std::string kToken =
    R"({"id": "aa11", "created": "2025-06-14T10:11:12Z", "name": "t", "expiration": null, "expired": false, "scope": ["A", "B"],
  "secretToken": "aa11.secret"})";
const std::string kTokenText =
    "==== ADMINISTRATION TOKEN INFORMATION ====\n"
    "Token ID:    aa11\n"
    "Token name:  t\n"
    "Created:     2025-06-14 12:11:12 +02:00\n"
    "Validity:    valid\n"
    "Expiration:  never\n"
    "Scope:       A, B\n";

class AdminTokenCommands : public testing::CommandTest {
 protected:
  void expect_update() {
    link.expect("GetAdminTokenInfo", kToken);
    link.expect("UpdateAdminToken", kToken);
  }
};

TEST_F(AdminTokenCommands, AScopeNamesSomething) {
  give("scope", " , ");
  EXPECT_THAT(run(run_admin_token_create), HasSubstr("Error: --scope names no operation"));
}

TEST_F(AdminTokenCommands, ListShowsConfiguredOnesFirst) {
  link.expect_list("ListAdminTokens", R"-([
    {"id": null, "created": null, "name": "admin_token (from daemon configuration)", "expiration": null, "expired": false, "scope": ["*"]},
    {"id": "bb", "created": "2025-06-15T00:00:00Z", "name": "late", "expiration": "2025-06-16T00:00:00Z", "expired": true, "scope": ["A", "B"]},
    {"id": "aa", "created": "2025-06-14T00:00:00Z", "name": "early", "expiration": null, "expired": false, "scope": []}])-");
  EXPECT_EQ(run(run_admin_token_list),
            "ID  Created     Name                                     Expiration  Scope\n"
            "-   -           admin_token (from daemon configuration)  never       *\n"
            "aa  2025-06-14  early                                    never       \n"
            "bb  2025-06-15  late                                     expired     A, ... (2)\n");
}

TEST_F(AdminTokenCommands, CreateShowsTheSecretOnce) {
  link.expect("CreateAdminToken", kToken);
  EXPECT_EQ(run(run_admin_token_create),
            "The secret token, which is shown only now:\n\n    aa11.secret\n\n" + kTokenText);
  EXPECT_EQ(link.asked.back(), "CreateAdminToken {}");
  give("name", "n"), give("scope", "A, B"), give("expires-in", "1d"), give("quiet");
  link.expect("CreateAdminToken", kToken);
  EXPECT_EQ(run(run_admin_token_create), "aa11.secret\n");
  EXPECT_EQ(link.asked.back(),
            R"(CreateAdminToken {"name":"n","expiration":"2026-01-02T00:00:00.000Z","scope":["A","B"]})");
}

TEST_F(AdminTokenCommands, ScopesAreReplacedAddedAndTakenAway) {
  const auto set = [this](const std::string& scope) {
    give("token", "t"), give("scope", scope);
    expect_update();
    EXPECT_EQ(run(run_admin_token_set), kTokenText);
    return link.asked.back();
  };
  EXPECT_EQ(set("C"), R"(UpdateAdminToken {"scope":["C"],"id":"aa11"})");
  EXPECT_EQ(set("+C,A"), R"(UpdateAdminToken {"scope":["B","C","A"],"id":"aa11"})");
  EXPECT_EQ(set("-A,C"), R"(UpdateAdminToken {"scope":["B"],"id":"aa11"})");
}

TEST_F(AdminTokenCommands, OtherChanges) {
  give("token", "t"), give("name", "new");
  expect_update();
  run(run_admin_token_rename);
  EXPECT_EQ(link.asked.back(), R"(UpdateAdminToken {"name":"new","id":"aa11"})");
  EXPECT_THAT(run(run_admin_token_set), HasSubstr("Error: Please specify what to change"));
  give("token", "t"), give("never-expires");
  expect_update();
  run(run_admin_token_set);
  EXPECT_EQ(link.asked.back(), R"(UpdateAdminToken {"neverExpires":true,"id":"aa11"})");
}

TEST_F(AdminTokenCommands, DeletionsAsk) {
  give("token", "t");
  link.expect("GetAdminTokenInfo", kToken);
  EXPECT_THAT(run(run_admin_token_delete), HasSubstr("About to delete admin token aa11 (t)."));
  const char* tokens =
      R"([{"id": null, "expired": false}, {"id": "a", "expired": true}, {"id": "b", "expired": false}])";
  link.expect_list("ListAdminTokens", tokens);
  EXPECT_THAT(run(run_admin_token_delete_expired), HasSubstr("About to delete 1 expired admin tokens: a."));
  give("yes"), give("token", "t");
  link.expect("GetAdminTokenInfo", kToken);
  link.expect("DeleteAdminToken", "null");
  EXPECT_EQ(run(run_admin_token_delete), "Admin API token aa11 has been deleted.\n");
  link.expect_list("ListAdminTokens", tokens);
  link.expect("DeleteAdminToken", "null");
  EXPECT_EQ(run(run_admin_token_delete_expired), "Admin API token a has been deleted.\n");
}

}  // namespace
}  // namespace garage::cli

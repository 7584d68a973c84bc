#include "config/secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/small_file.hpp"
#include "sim/disk.hpp"

namespace garage::config {
namespace {

using testing::HasSubstr;

const std::string kHex(64, 'a');
const std::string kRaw(32, '\xaa');

class SecretsTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view content, uint32_t mode) {
    ASSERT_TRUE(env::replace_file(disk_, path, content, mode));
  }
  Result<Secrets> resolve(FileCheck check = FileCheck::kPrivate) {
    return resolve_secrets(disk_, settings_, overrides_, check);
  }

  sim::SimDisk disk_{1};
  Settings settings_;
  SecretOverrides overrides_;
};

TEST_F(SecretsTest, ValueOfTheFile) {
  settings_.rpc_secret.value = Secret(kHex);
  settings_.admin.admin_token.value = Secret("token");
  const auto secrets = resolve().value();
  EXPECT_EQ(secrets.rpc_secret->reveal(), kRaw);
  EXPECT_EQ(secrets.admin_token->reveal(), "token");
  EXPECT_FALSE(secrets.metrics_token);
}

TEST_F(SecretsTest, OverridesComeFirst) {
  settings_.rpc_secret.value = Secret(std::string(64, 'b'));
  overrides_.rpc_secret.value = Secret(kHex);
  EXPECT_EQ(resolve()->rpc_secret->reveal(), kRaw);
  overrides_.rpc_secret = {};
  write("secret", std::string(64, 'c') + " \n", 0600);
  overrides_.rpc_secret.file = "secret";
  EXPECT_EQ(resolve()->rpc_secret->reveal(), std::string(32, '\xcc'));
}

TEST_F(SecretsTest, BothAtOneLevelAreRefused) {
  overrides_.rpc_secret = {Secret(kHex), "file"};
  EXPECT_EQ(resolve().error().message, "only one of `rpc_secret` and `rpc_secret_file` can be set");
  overrides_.rpc_secret = {Secret(kHex), std::nullopt};
  settings_.rpc_secret = {Secret(kHex), "file"};
  EXPECT_EQ(resolve().error().message, "only one of `rpc_secret` and `rpc_secret_file` can be set");
}

TEST_F(SecretsTest, FilesOfOthersAreRefused) {
  settings_.rpc_secret.file = "secret";
  write("secret", kHex, 0644);
  EXPECT_THAT(resolve().error().message, HasSubstr("File secret is world-readable (mode: 0644, expected 0600)"));
  write("secret", kHex, 0640);
  EXPECT_THAT(resolve().error().message, HasSubstr("File secret is accessible to its group (mode: 0640"));
  EXPECT_EQ(resolve().error().kind, ErrorKind::kDenied);
  EXPECT_TRUE(resolve(FileCheck::kNone));
  settings_.allow_world_readable_secrets = true;
  EXPECT_TRUE(resolve());
  overrides_.allow_world_readable = false;
  EXPECT_FALSE(resolve());
}

// As a script that found nothing leaves them: nobody means a token that everybody knows.
TEST_F(SecretsTest, EmptyOnesAreRefused) {
  write("empty", " \n", 0600);
  settings_.admin.admin_token.file = "empty";
  EXPECT_EQ(resolve().error().message, "`admin_token` is empty (from file empty): give it a value, or leave it out");
  settings_.admin.admin_token = {Secret("token"), std::nullopt};
  settings_.admin.metrics_token.value = Secret("");
  EXPECT_EQ(resolve().error().message, "`metrics_token` is empty: give it a value, or leave it out");
  settings_.admin.metrics_token = {};
  overrides_.rpc_secret.value = Secret("");
  EXPECT_EQ(resolve().error().message, "`rpc_secret` is empty: give it a value, or leave it out");
}

TEST_F(SecretsTest, MissingAndMalformed) {
  EXPECT_FALSE(resolve()->rpc_secret);
  settings_.rpc_secret.file = "nowhere";
  EXPECT_THAT(resolve().error().message, HasSubstr("Failed to read secret file nowhere: "));
  for (const std::string& bad : {std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'g')}) {
    settings_.rpc_secret = {Secret(bad), std::nullopt};
    const auto error = resolve().error();
    EXPECT_THAT(error.message, HasSubstr("expected 64 hexadecimal digits"));
    EXPECT_THAT(error.message, testing::Not(HasSubstr(bad)));
  }
}

}  // namespace
}  // namespace garage::config

#include "cli/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "admin/operations.hpp"
#include "cli/json_answers.hpp"

namespace garage::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;

class ParseTest : public testing::Test {
 protected:
  std::expected<Invocation, Message> parse(Words words) {
    return parse_command_line(std::move(words), [this](const std::string& name) -> std::optional<std::string> {
      const auto it = environment_.find(name);
      return it == environment_.end() ? std::nullopt : std::optional(it->second);
    });
  }
  Invocation good(Words words) {
    auto parsed = parse(words);
    EXPECT_TRUE(parsed) << parsed.error().text;
    return parsed ? std::move(*parsed) : Invocation{};
  }
  Message bad(Words words) {
    auto parsed = parse(words);
    EXPECT_FALSE(parsed);
    return parsed ? Message{} : parsed.error();
  }

  std::map<std::string, std::string> environment_;
};

TEST_F(ParseTest, EveryCommandOfTheTableIsFoundByItsPath) {
  std::set<std::string_view> paths;
  for (const Command& command : command_table()) {
    EXPECT_TRUE(paths.insert(command.path).second) << command.path;
    Words words;
    std::istringstream path{std::string(command.path)};
    for (std::string word; path >> word;) words.push_back(word);
    words.push_back("--help");
    const Message help = bad(words);
    EXPECT_EQ(help.exit_code, 0) << command.path;
    EXPECT_THAT(help.text, HasSubstr("garage " + std::string(command.path))) << command.path;
  }
}

TEST_F(ParseTest, WhatJsonAnswersIsOneOperationOfTheAdminApi) {
  size_t with_json = 0;
  for (const Command& command : command_table()) {
    const auto operation = json_operation_of(command);
    if (operation.empty()) continue;
    ++with_json;
    const auto& table = admin::operation_table();
    EXPECT_NE(std::ranges::find(table, operation, &admin::Operation::name), table.end()) << command.path;
  }
  EXPECT_GT(with_json, 30u);
  for (const Words& words : {Words{"--json", "status"}, {"status", "--json"}}) EXPECT_TRUE(good(words).global.json);
  EXPECT_FALSE(good({"status"}).global.json);
}

TEST_F(ParseTest, TimeoutsAreLengthsOfTime) {
  EXPECT_EQ(good({"status"}).global.timeout, std::nullopt);
  EXPECT_EQ(good({"status", "--timeout", "1m30s"}).global.timeout, Duration(90s));
  EXPECT_EQ(good({"--timeout=5", "key", "list"}).global.timeout, Duration(5s));
  for (const std::string wrong : {"soon", "-1", "0", ""}) {
    EXPECT_THAT(bad({"status", "--timeout", wrong}).text, HasSubstr("--timeout")) << wrong;
  }
}

// The whole tree of the reference parses.
TEST_F(ParseTest, KnownCommandLines) {
  const std::vector<Words> lines = {
      {"server", "--single-node", "--default-access-key", "--default-bucket"},
      {"status"},
      {"health", "-q"},
      {"node", "id", "--quiet"},
      {"node", "connect", "ab@host:3901"},
      {"layout", "assign", "ab", "cd", "-z", "dc1", "-c", "1T", "-t", "a", "-t", "b", "--replace", "ef"},
      {"layout", "assign", "-g", "ab"},
      {"layout", "remove", "ab"},
      {"layout", "config", "-r", "max"},
      {"layout", "show"},
      {"layout", "history"},
      {"layout", "apply", "--version", "1"},
      {"layout", "revert", "--yes"},
      {"layout", "skip-dead-nodes", "--version", "3", "--allow-missing-data"},
      {"bucket", "list"},
      {"bucket", "info", "b"},
      {"bucket", "create", "b"},
      {"bucket", "delete", "b", "--yes"},
      {"bucket", "alias", "b", "c", "--local", "k"},
      {"bucket", "unalias", "c", "--local", "k"},
      {"bucket", "allow", "--read", "--write", "--owner", "b", "--key", "k"},
      {"bucket", "deny", "b", "--key", "k", "--read"},
      {"bucket", "website", "--allow", "b", "-i", "i.html", "-e", "e.html"},
      {"bucket", "set-quotas", "b", "--max-size", "1G", "--max-objects", "none"},
      {"bucket", "cleanup-incomplete-uploads", "b", "c", "--older-than", "1d"},
      {"bucket", "inspect-object", "b", "k"},
      {"key", "list"},
      {"key", "info", "k", "--show-secret", "--key-id", "--secret-key"},
      {"key", "export-env", "k", "--prefix", "P_"},
      {"key", "create"},
      {"key", "create", "n", "--expires-in", "1d"},
      {"key", "new", "--name", "n"},
      {"key", "set", "k", "--never-expires"},
      {"key", "rename", "k", "n"},
      {"key", "delete", "k", "--yes"},
      {"key", "delete-expired", "--yes"},
      {"key", "allow", "k", "--create-bucket"},
      {"key", "deny", "k", "--create-bucket"},
      {"key", "import", "id", "secret", "-n", "name", "--yes"},
      {"admin-token", "list"},
      {"admin-token", "info", "t"},
      {"admin-token", "create", "n", "--expires-in", "1d", "--scope", "a,b", "-q"},
      {"admin-token", "set", "t", "--scope=-a,b"},
      {"admin-token", "set", "t", "--scope=+a,b"},
      {"admin-token", "rename", "t", "n"},
      {"admin-token", "delete", "t", "--yes"},
      {"admin-token", "delete-expired", "--yes"},
      {"repair", "-a", "--yes", "tables"},
      {"repair", "--yes", "scrub", "start"},
      {"offline-repair", "--yes", "object_counters"},
      {"stats", "-a"},
      {"meta", "snapshot", "--all"},
      {"worker", "list", "-b", "-e"},
      {"worker", "info", "3"},
      {"worker", "get"},
      {"worker", "get", "x", "-a"},
      {"worker", "set", "x", "1", "-a"},
      {"block", "list-errors"},
      {"block", "info", "abcd"},
      {"block", "retry-now", "--all"},
      {"block", "retry-now", "aa", "bb"},
      {"block", "purge", "--yes", "aa", "bb"},
      {"convert-db", "-a", "lmdb", "-i", "x", "-b", "sqlite", "-o", "y", "--lmdb-map-size", "1G"},
      {"json-api", "GetClusterStatus"},
      {"json-api", "GetBucketInfo", "{\"id\": \"x\"}"},
      {"json-api", "GetBucketInfo", "-"},
      {"completions", "bash"},
      {"admin-api-schema"},
  };
  for (const Words& line : lines) {
    const auto parsed = parse(line);
    EXPECT_TRUE(parsed) << line[0] << " " << (line.size() > 1 ? line[1] : "") << ": " << parsed.error().text;
  }
}

TEST_F(ParseTest, ArgumentsArriveByName) {
  const auto line = good({"layout", "assign", "n1", "-t", "a", "n2", "-t", "b,c", "-z", "x", "-z", "y"});
  EXPECT_EQ(line.command->path, "layout assign");
  EXPECT_THAT(line.arguments.all("node"), ElementsAre("n1", "n2"));
  EXPECT_THAT(line.arguments.all("tag"), ElementsAre("a", "b,c"));
  EXPECT_EQ(line.arguments.text("zone"), "y");
  EXPECT_FALSE(line.arguments.has("gateway"));
  const auto import = good({"key", "import", "the-id", "the-secret", "--yes"});
  EXPECT_EQ(import.arguments.text("id"), "the-id");
  EXPECT_EQ(import.arguments.text("secret"), "the-secret");
  EXPECT_TRUE(import.arguments.has("yes"));
  // Nothing inside a value means anything to the parser.
  EXPECT_EQ(good({"json-api", "Operation", "[\"a\",\"b\"]"}).arguments.text("payload"), "[\"a\",\"b\"]");
  EXPECT_EQ(good({"bucket", "inspect-object", "b", "[x,y]"}).arguments.text("object"), "[x,y]");
  EXPECT_EQ(good({"key", "import", "the-id", "--yes", "--", "-secret"}).arguments.text("secret"), "-secret");
  EXPECT_EQ(good({"key", "new", "--name", "n"}).arguments.text("name"), "n");
  EXPECT_EQ(good({"key", "new", "n"}).arguments.text("name"), "n");
}

TEST_F(ParseTest, NamesThatAreCommandsToo) {
  EXPECT_EQ(good({"bucket", "create", "list"}).arguments.text("name"), "list");
  EXPECT_EQ(good({"bucket", "create", "status"}).arguments.text("name"), "status");
  EXPECT_EQ(good({"bucket", "alias", "bucket", "help"}).arguments.text("name"), "help");
  EXPECT_EQ(good({"key", "create", "server"}).command->path, "key create");
}

TEST_F(ParseTest, GlobalOptionsStandAnywhere) {
  for (const Words& line :
       {Words{"-c", "/f", "bucket", "list"}, Words{"bucket", "-c", "/f", "list"}, Words{"bucket", "list", "-c", "/f"},
        Words{"bucket", "list", "--config=/f"}, Words{"-c/f", "bucket", "list"}}) {
    const auto parsed = good(line);
    EXPECT_EQ(parsed.global.config_path, "/f");
    EXPECT_EQ(parsed.command->path, "bucket list");
  }
  EXPECT_EQ(good({"status"}).global.config_path, "/etc/garage.toml");
  EXPECT_EQ(good({"-h", "id@h:1", "status"}).global.rpc_host, "id@h:1");
  // A letter that the command needs itself is global only in front of it.
  const auto assign = good({"-c", "/f", "layout", "assign", "n", "-c", "10G"});
  EXPECT_EQ(assign.global.config_path, "/f");
  EXPECT_EQ(assign.arguments.text("capacity"), "10G");
}

TEST_F(ParseTest, EnvironmentFillsWhatIsNotGiven) {
  environment_ = {{"GARAGE_CONFIG_FILE", "/e"},
                  {"GARAGE_RPC_SECRET", "es"},
                  {"GARAGE_RPC_HOST", "e@h:1"},
                  {"GARAGE_ADMIN_TOKEN_FILE", "/t"}};
  const auto parsed = good({"status"});
  EXPECT_EQ(parsed.global.config_path, "/e");
  EXPECT_EQ(parsed.global.rpc_host, "e@h:1");
  EXPECT_EQ(parsed.global.secrets.rpc_secret.value->reveal(), "es");
  EXPECT_EQ(parsed.global.secrets.admin_token.file, "/t");
  EXPECT_EQ(good({"-s", "gs", "status"}).global.secrets.rpc_secret.value->reveal(), "gs");
  EXPECT_EQ(good({"-c", "/f", "status"}).global.config_path, "/f");
}

TEST_F(ParseTest, WorldReadableSecretsAcceptYesAndNo) {
  for (const char* yes : {"true", "1", "yes", "TRUE"}) {
    EXPECT_EQ(good({"--allow-world-readable-secrets", yes, "status"}).global.secrets.allow_world_readable, true);
  }
  environment_ = {{"GARAGE_ALLOW_WORLD_READABLE_SECRETS", "no"}};
  EXPECT_EQ(good({"status"}).global.secrets.allow_world_readable, false);
  environment_ = {{"GARAGE_ALLOW_WORLD_READABLE_SECRETS", "maybe"}};
  EXPECT_THAT(bad({"status"}).text, HasSubstr("'maybe'"));
}

TEST_F(ParseTest, HelpAndVersionExitWithZero) {
  EXPECT_EQ(bad({"--version"}).exit_code, 0);
  EXPECT_THAT(bad({"-V"}).text, StartsWith("garage "));
  EXPECT_THAT(bad({"--version"}).text, HasSubstr("[features: "));
  EXPECT_EQ(bad({"--help"}).exit_code, 0);
  EXPECT_EQ(bad({"help"}).exit_code, 0);
  EXPECT_THAT(bad({"help", "bucket", "create"}).text, HasSubstr("garage bucket create"));
  EXPECT_THAT(bad({"bucket", "help", "create"}).text, HasSubstr("garage bucket create"));
  EXPECT_THAT(bad({"bucket", "help"}).text, HasSubstr("cleanup-incomplete-uploads"));
  EXPECT_EQ(bad({"key", "import", "--help"}).exit_code, 0);  // though arguments are missing
}

TEST_F(ParseTest, UsageErrorsExitWithOne) {
  EXPECT_EQ(bad({}).exit_code, 1);
  EXPECT_EQ(bad({"bucket"}).exit_code, 1);
  EXPECT_THAT(bad({"bukcet", "list"}).text,
              StartsWith("Error: there is no command `garage bukcet`; did you mean `bucket`?"));
  EXPECT_THAT(bad({"bucket", "lst"}).text, HasSubstr("did you mean `list`?"));
  EXPECT_THAT(bad({"bucket", "create"}).text, HasSubstr("Error: name is required"));
  EXPECT_THAT(bad({"bucket", "create", "a", "b"}).text, HasSubstr("not expected: b"));
  EXPECT_THAT(bad({"bucket", "list", "--nope"}).text, HasSubstr("--nope"));
  EXPECT_THAT(bad({"bucket", "allow", "b"}).text, HasSubstr("--key is required"));
  EXPECT_EQ(bad({"--nope", "status"}).exit_code, 1);
  EXPECT_EQ(bad({"status", "-c"}).exit_code, 1);
  EXPECT_THAT(bad({"status", "first", "second"}).text, HasSubstr("not expected: first second"));
  EXPECT_EQ(bad({"bucket", "create"}).text,
            "Error: name is required\n\nUsage: garage bucket create [OPTIONS] name\n"
            "For more, try 'garage bucket create --help'.\n");
  EXPECT_THAT(bad({"-h"}).text, HasSubstr("--rpc-host needs a value (help is --help)"));
}

TEST_F(ParseTest, HelpSaysWhatIsNotBuilt) {
  EXPECT_THAT(bad({"meta", "--help"}).text, HasSubstr("Take a snapshot of the metadata (not built yet)"));
  EXPECT_THAT(bad({"--help"}).text, HasSubstr("Run the server\n"));
}

TEST_F(ParseTest, CheckConfigNeedsNoCommand) {
  const auto parsed = good({"-c", "/f", "--check-config"});
  EXPECT_TRUE(parsed.global.check_config);
  EXPECT_EQ(parsed.command, nullptr);
  EXPECT_TRUE(good({"server", "--check-config"}).global.check_config);
}

}  // namespace
}  // namespace garage::cli

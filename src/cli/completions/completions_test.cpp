// What the scripts offer; that shells understand them is seen in tests/blackbox/test_completions.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands.hpp"
#include "cli/completions/completion_words.hpp"
#include "cli/completions/scripts.hpp"
#include "cli/session.hpp"

namespace garage::cli {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Completions, OfferWhatMayFollow) {
  const auto& words = words_by_path();
  EXPECT_EQ(joined(words.at("worker"), " "), "list info get set");
  EXPECT_EQ(joined(words.at("completions"), " "), "bash elvish fish powershell zsh");
  EXPECT_THAT(joined(words.at("repair"), " "), HasSubstr("tables blocks block-refs block-rc clear-resync-queue"));
  EXPECT_THAT(words.at("layout assign"), Contains(::testing::Field(&CompletionWord::text, "--zone")));
  EXPECT_THAT(joined_with_value(words.at("layout assign"), " "), HasSubstr("--zone"));
  EXPECT_THAT(joined_with_value(words.at("layout assign"), " "), Not(HasSubstr("--gateway")));
  EXPECT_THAT(words.at(""), Not(Contains(::testing::Field(&CompletionWord::text, "admin-api-schema"))));
  for (const auto& [path, following] : words) {
    for (const CompletionWord& word : following) EXPECT_NE(word.help, "") << path << " " << word.text;
  }
  EXPECT_THAT(joined_with_value(global_words(), " "), HasSubstr("-c --config"));
}

TEST(Completions, HaveAScriptForEachShell) {
  for (const ShellCompletions& one : kShells) {
    SCOPED_TRACE(one.shell);
    Session session;
    session.arguments.add("shell", std::string(one.shell));
    ASSERT_TRUE(run_completions(session));
    for (const char* word : {"admin-token", "inspect-object", "zone", "metrics-token-file"}) {
      EXPECT_THAT(session.out, HasSubstr(word));
    }
    EXPECT_THAT(session.out, Not(HasSubstr("admin-api-schema")));
    EXPECT_THAT(session.out, Not(HasSubstr("@G"))) << "nothing is left to be filled in";
  }
}

TEST(Completions, AnUnknownShellIsToldWhichOnesThereAre) {
  Session session;
  session.arguments.add("shell", "tcsh");
  const auto refused = run_completions(session);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'tcsh', but for bash, elvish, fish, powershell, zsh"));
}

TEST(Completions, QuotesStayQuotes) {
  EXPECT_EQ(quoted("a key's name", "'\\''"), "'a key'\\''s name'");
  EXPECT_EQ(quoted("a key's name", "''"), "'a key''s name'");
}

}  // namespace
}  // namespace garage::cli

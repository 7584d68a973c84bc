#include "discovery/finder.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "base/testing/log_lines.hpp"
#include "discovery/testing/api_world.hpp"
#include "runtime/sleep.hpp"

namespace garage::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A directory that writes down when it was asked, in seconds.
struct Diary {
  std::vector<int64_t> published, looked, withdrawn;
  std::vector<FoundNode> others;
  std::string trouble;  // every answer, if not empty
};

class DiaryDiscovery : public Discovery {
 public:
  explicit DiaryDiscovery(Diary& diary) : diary_(diary) {}
  std::string_view name() const override { return "Diary"; }
  Task<Result<void>> publish(Announcement) override { co_return answer(diary_.published); }
  Task<Result<Findings>> look_up() override {
    auto said = answer(diary_.looked);
    if (!said) co_return std::unexpected(said.error());
    co_return Findings{.nodes = diary_.others, .unusable = {}};
  }
  Task<Result<void>> withdraw() override { co_return answer(diary_.withdrawn); }

 private:
  Result<void> answer(std::vector<int64_t>& page) {
    page.push_back(
        std::chrono::duration_cast<std::chrono::seconds>(runtime::Loop::current()->now().since_start).count());
    if (!diary_.trouble.empty()) return fail(ErrorKind::kUnavailable, diary_.trouble);
    return {};
  }
  Diary& diary_;
};

class NoSpread : public runtime::Random {
 public:
  void fill(std::span<unsigned char> out) override { std::ranges::fill(out, static_cast<unsigned char>(0)); }
};

class FinderTest : public ::testing::Test {
 protected:
  ~FinderTest() override { loop_.run(); }
  void start() {
    finder_ = std::make_unique<Finder>(std::make_unique<DiaryDiscovery>(diary_),
                                       FinderParts{.random = random_,
                                                   .self = [this] { return self(); },
                                                   .somebody_missing = [this] { return missing_; },
                                                   .found = [this](FoundNode node) { return found(std::move(node)); }});
    finder_->start();
  }
  void stop() { loop_.run_until_done(stop(*finder_)); }
  Task<Result<Announcement>> self() {
    if (!knows_itself_) co_return fail(ErrorKind::kNotFound, "no address");
    co_return Announcement{.id = {}, .hostname = "host", .ip = "10.0.0.1", .port = 1};
  }
  Task<void> found(FoundNode node) {
    found_.push_back(node.address);
    if (slow_) co_await runtime::sleep_for(20s);
  }
  static Task<bool> stop(Finder& finder) {
    co_await finder.stop();
    co_await finder.settle();
    co_return true;
  }
  std::vector<std::string> lines_with(std::string_view word) {
    std::vector<std::string> out;
    for (const auto& line : lines_.all) {
      if (line.find(word) != std::string::npos) out.push_back(line);
    }
    return out;
  }

  garage::testing::LogLines lines_{log::Level::kInfo};
  runtime::ManualLoop loop_;
  runtime::Loop::Scope scope_{&loop_};
  NoSpread random_;
  Diary diary_;
  bool missing_ = true;
  bool knows_itself_ = true;
  bool slow_ = false;
  std::vector<std::string> found_;
  std::unique_ptr<Finder> finder_;
};

TEST_F(FinderTest, PublishesFirstThenLooksEverLessOftenAsLongAsSomebodyIsMissing) {
  diary_.others = {{NodeId{}, "10.0.0.2:1"}};
  start();
  loop_.advance(200s);
  EXPECT_THAT(diary_.published, ElementsAre(0, 60, 120, 180));
  EXPECT_THAT(diary_.looked, ElementsAre(0, 1, 3, 7, 15, 31, 63, 123, 183));
  EXPECT_EQ(found_.size(), diary_.looked.size());
  stop();
}

// As where an agent of Consul died and left its entry: nobody knows which of the two is true.
TEST_F(FinderTest, AllAddressesOfANodeAreTriedAndEachOnceAtATime) {
  slow_ = true;
  diary_.others = {{NodeId{}, "10.0.0.2:1"}, {NodeId{}, "10.0.0.3:1"}};
  start();
  loop_.advance(8s);
  EXPECT_THAT(diary_.looked, ElementsAre(0, 1, 3, 7));
  EXPECT_THAT(found_, ElementsAre("10.0.0.2:1", "10.0.0.3:1"));
  diary_.others.clear();
  loop_.advance(20s);
  stop();
}

TEST_F(FinderTest, LooksRarelyAtRestAndAtOnceWhenSomebodyGoesMissing) {
  missing_ = false;
  start();
  loop_.advance(700s);
  EXPECT_THAT(diary_.looked, ElementsAre(0, 600));
  missing_ = true;
  loop_.advance(2s);
  EXPECT_THAT(diary_.looked, ElementsAre(0, 600, 701, 702));
  stop();
}

TEST_F(FinderTest, TroubleIsSaidOnceAndSoIsItsEnd) {
  diary_.trouble = "nobody listens";
  start();
  loop_.advance(300s);
  EXPECT_GT(diary_.published.size(), 5u);
  EXPECT_LT(diary_.published.size(), 12u);
  EXPECT_EQ(lines_.all.size(), 2u) << ::testing::PrintToString(lines_.all);
  EXPECT_EQ(lines_with("nobody listens").size(), 2u);
  diary_.trouble = "forbidden";
  loop_.advance(120s);
  EXPECT_EQ(lines_with("forbidden").size(), 2u);
  diary_.trouble.clear();
  diary_.others = {{NodeId{}, "10.0.0.2:1"}};
  loop_.advance(120s);
  EXPECT_EQ(lines_with("again").size(), 2u);
  EXPECT_FALSE(found_.empty());
  stop();
}

TEST_F(FinderTest, ANodeWithoutAnAddressStillLooksAndWithdrawsNothing) {
  knows_itself_ = false;
  start();
  loop_.advance(10s);
  EXPECT_TRUE(diary_.published.empty());
  EXPECT_FALSE(diary_.looked.empty());
  EXPECT_EQ(lines_with("no address").size(), 1u);
  stop();
  EXPECT_TRUE(diary_.withdrawn.empty());
}

TEST_F(FinderTest, WithdrawsWhenItStops) {
  start();
  loop_.advance(10s);
  stop();
  EXPECT_THAT(diary_.withdrawn, ElementsAre(10));
  loop_.advance(100s);
  EXPECT_THAT(diary_.published, ElementsAre(0));
}

TEST_F(FinderTest, SaysSoWhereNobodyIsFoundForLong) {
  start();
  loop_.advance(300s);
  EXPECT_EQ(lines_with("nobody else is found").size(), 1u);
  stop();
}

}  // namespace
}  // namespace garage::discovery

// Listings over several replicas under fire: clients write and delete keys of their own while others list them page by
// page, through nodes that lose power, messages and time. What was acknowledged is never missing, what was deleted
// never comes back, and what was shown does not vanish by itself.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/sleep.hpp"
#include "sim/register_accidents.hpp"
#include "sim/register_world.hpp"
#include "table/range_messages.hpp"

namespace garage::sim {
namespace {

constexpr size_t kWriters = 6;
constexpr Duration kLifeLongest = 8s;

// What is known of one key. Only one writer touches it, one operation at a time.
struct KeyState {
  std::optional<bool> present = false;  // nothing: an operation with an unknown outcome may still take effect
  bool shown = false;                   // by a listing, since when nobody has begun to delete it
  bool deleting = false;                // the last operation begun was a delete
  uint64_t changes = 0;                 // operations begun or ended
  bool retired = false;                 // its writer does not go on
};

class ListingLife {
 public:
  ListingLife(uint64_t seed, RegisterScenario scenario) : cluster_(seed, scenario), accidents_(cluster_) {
    for (size_t i = 0; i < 4; ++i) shards_.push_back(std::string(33, 't') + static_cast<char>('0' + i));
    for (const char* name : {"a", "b/1", "b/2", "b/3", "c", "d/x/1", "d/x/2", "d/y", "e", "f/1", "g", "h/1/2", "h/2",
                             "i", "j/1", "j/2", "k", "l"}) {
      keys_[name] = {};
    }
  }

  void run() {
    World& world = cluster_.world();
    world.run_for(1ms);
    accidents_.start();
    for (size_t writer = 0; writer < kWriters; ++writer) world.spawn(write(writer, 8));
    world.spawn(list_now_and_then());
    world.spawn(list_now_and_then());
    world.run_until([this] { return running_ == 0; }, kLifeLongest);
    cluster_.heal();
    world.run_for(1500ms);
    const uint64_t listed = listings_;
    for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
      cluster_.spawn_on(i, list(this, cluster_.slot(i).server, i % 2 == 0 ? "/" : "", 3));
    }
    world.run_for(5s);
    if (listings_ < listed + cluster_.node_count()) wrong_.push_back("a listing fails although all is healed");
  }

  const std::vector<std::string>& wrong() const { return wrong_; }
  uint64_t listings() const { return listings_; }
  uint64_t writes() const { return writes_; }

 private:
  using State = std::map<std::string, KeyState>;

  std::string row_key(const std::string& name) { return shards_[name.size() * 7 % shards_.size()] + name; }

  Task<void> write(size_t writer, int operations) {
    for (; operations > 0; --operations) {
      co_await runtime::sleep_for(cluster_.random().between(Duration(0), Duration(200ms)));
      std::vector<std::string> own;
      size_t n = 0;
      for (const auto& [name, state] : keys_) {
        if (n++ % kWriters == writer && !state.retired) own.push_back(name);
      }
      const auto via = cluster_.any_node_up();
      if (own.empty() || !via) continue;
      const std::string name = cluster_.random().pick(own);
      KeyState& state = keys_[name];
      const bool puts = state.present == false;
      auto outcome = std::make_shared<std::optional<Result<void>>>();
      ++state.changes;
      if (!puts) state.shown = false;
      state.deleting = !puts;
      state.present = std::nullopt;
      cluster_.spawn_on(*via, put(cluster_.slot(*via).server, row_key(name), puts, outcome));
      for (int waited = 0; waited < 80 && !*outcome; ++waited) co_await runtime::sleep_for(10ms);
      ++state.changes;
      if (*outcome && **outcome) {
        state.present = puts;
        ++writes_;
      } else {
        state.retired = true;
      }
    }
    --running_;
  }

  static Task<void> put(RegisterNode* server, std::string key, bool puts,
                        std::shared_ptr<std::optional<Result<void>>> outcome) {
    table::Write write;
    write.key = std::move(key);
    write.uuid = server->fresh_uuid();
    write.decision = table::always(puts ? std::optional<std::string>("v") : std::nullopt);
    if (puts) write.companions = {{kv::Family::kInline, std::string(write.uuid.view()), BodySchema::body_of("v")}};
    auto written = co_await server->rows().write(std::move(write));
    outcome->emplace(written ? Result<void>() : std::unexpected(written.error()));
  }

  Task<void> list_now_and_then() {
    while (!cluster_.healed()) {
      co_await runtime::sleep_for(cluster_.random().between(Duration(10ms), Duration(150ms)));
      const auto via = cluster_.any_node_up();
      if (!via) continue;
      const bool rolled_up = cluster_.random().chance(0.5);
      cluster_.spawn_on(*via,
                        list(this, cluster_.slot(*via).server, rolled_up ? "/" : "", 1 + cluster_.random().below(6)));
    }
  }

  // Page after page; each is checked against what was known before it began and has not changed until it ended.
  static Task<void> list(ListingLife* self, RegisterNode* server, std::string delimiter, size_t rows_max) {
    table::RangeQuery query{kv::Family::kObject, self->shards_, "", "", std::move(delimiter), rows_max};
    for (;;) {
      const State before = self->keys_;
      auto page = co_await server->ranges().read(query);
      if (!page) co_return;
      self->check(before, query, *page);
      if (!page->more) break;
      query.from = page->next_from;
    }
    ++self->listings_;
  }

  void check(const State& before, const table::RangeQuery& query, const table::RangePage& page) {
    std::map<std::string, bool> shown;  // and is it a common prefix?
    for (const table::RangeRow& row : page.rows) shown[row.key] = row.is_common_prefix;
    std::map<std::string, bool> may_live;  // of common prefixes
    for (auto& [name, state] : keys_) {
      const bool covered = name >= query.from && (!page.more || name < page.next_from);
      if (!covered) continue;
      const std::string prefix(table::common_prefix_of(name, "", query.delimiter));
      const KeyState& was = before.at(name);
      const bool steady = was.changes == state.changes;
      const bool must_live = steady && (was.present == true || was.shown);
      const bool must_not_live = steady && was.present == false;
      if (!prefix.empty()) {
        may_live[prefix] |= !must_not_live;
        // A page that begins inside a common prefix may follow one that has shown it.
        if (must_live && !shown.contains(prefix) && !query.from.starts_with(prefix))
          complain(name + " is not rolled up");
        continue;
      }
      if (must_live && !shown.contains(name)) complain(name + " is missing");
      if (must_not_live && shown.contains(name)) complain(name + " has come back");
      if (steady && !state.deleting && shown.contains(name)) state.shown = true;
    }
    for (const auto& [prefix, may] : may_live) {
      if (!may && shown.contains(prefix)) complain(prefix + " is shown and holds nothing");
    }
  }
  void complain(std::string what) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(cluster_.world().now());
    wrong_.push_back(what + " at " + std::to_string(now.count()) + " ms");
  }

  RegisterWorld cluster_;
  RegisterAccidents accidents_;
  std::vector<std::string> shards_;
  State keys_;
  std::vector<std::string> wrong_;
  size_t running_ = kWriters;
  uint64_t listings_ = 0, writes_ = 0;
};

struct ListingDose {
  RegisterShape shape;
  bool duties;
  uint64_t lives;
};

class EveryListing : public ::testing::TestWithParam<ListingDose> {};

TEST_P(EveryListing, ShowsWhatIsThere) {
  RegisterScenario scenario;
  scenario.shape = GetParam().shape;
  scenario.duties = GetParam().duties;
  uint64_t listings = 0, writes = 0;
  for (uint64_t seed = 1; seed <= GetParam().lives; ++seed) {
    ListingLife life(seed, scenario);
    life.run();
    listings += life.listings();
    writes += life.writes();
    ASSERT_TRUE(life.wrong().empty()) << "seed " << seed << ": " << life.wrong().front();
  }
  EXPECT_GT(listings, 10 * GetParam().lives);
  EXPECT_GT(writes, 10 * GetParam().lives);
}

INSTANTIATE_TEST_SUITE_P(Listing, EveryListing,
                         ::testing::Values(ListingDose{RegisterShape::kThree, false, 60},
                                           ListingDose{RegisterShape::kThree, true, 40},
                                           ListingDose{RegisterShape::kFive, false, 20},
                                           ListingDose{RegisterShape::kAlone, false, 40}));

TEST(Listing, RowsThatAreShownUnsettledAreNoticed) {
  RegisterScenario scenario;
  scenario.ablation.listing_unsettled = true;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    ListingLife life(seed, scenario);
    life.run();
    if (!life.wrong().empty()) return;
  }
  FAIL() << "nobody noticed";
}

}  // namespace
}  // namespace garage::sim

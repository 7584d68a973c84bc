// Uploads of the same few blocks, deletions, reads and compactions all at once on one node whose power fails and whose
// disk fails, in the simulated world. What was acknowledged is readable whenever one looks; when the storm is over
// nothing is left over.
#include "sim/storm.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "block/testing/test_node.hpp"
#include "runtime/sleep.hpp"
#include "sim/world.hpp"

namespace garage::block {
namespace {

using namespace testing;

constexpr size_t kContents = 14;

std::string content(size_t i) {
  return i % 2 == 0 ? noise(1000 + i, 3000 + 1200 * i) : std::string(5000 + 3000 * i, static_cast<char>('a' + i));
}

enum class State { kTrying, kStored, kDropping, kDropped };

struct Upload {
  std::vector<size_t> contents;
  State state = State::kTrying;
};

// What the clients know; outlives the node.
struct History {
  std::map<Uuid, Upload> uploads;
  uint64_t stored = 0, dropped = 0, reads = 0, refused = 0, moved = 0, lives = 0;
  bool quiet = false;
  std::string trouble;

  void wrong(const std::string& what) {
    if (trouble.empty()) trouble = what;
  }
};

BlockOptions storm_options() {
  BlockOptions options;
  options.directories = {{.path = "/a", .capacity_bytes = 2}, {.path = "/b", .capacity_bytes = 1}};
  options.volume_bytes_max = 96u << 10;
  options.open_files_max = 4;
  return options;
}

class Life {
 public:
  Life(env::Env env, kv::MemoryStore& store, History& history, sim::SimRandom random)
      : env_(env), store_(store), history_(history), random_(random), commits(store, env.pools.disk, {}) {}

  Task<void> run() {
    ++history_.lives;
    for (;;) {
      auto opened = co_await BlockStore::open(env_, store_, commits, storm_options());
      if (opened) {
        blocks = std::move(*opened);
        if (blocks->stats().frozen_volume_count > 0) history_.wrong("the index is doubted in normal life");
        break;
      }
      if (opened.error().kind != ErrorKind::kIo && opened.error().kind != ErrorKind::kNoSpace)
        history_.wrong(opened.error().message);
      co_await runtime::sleep_for(10ms);
    }
    std::vector<Uuid> stored;
    for (const auto& [of, upload] : history_.uploads) {
      if (upload.state == State::kStored) stored.push_back(of);
    }
    for (const Uuid& of : stored) co_await look(of, true);
    for (int i = 0; i < 6; ++i) clients.spawn(client(random_.fork()));
    clients.spawn(compactor());
  }

  Task<void> client(sim::SimRandom random) {
    while (!history_.quiet) {
      co_await runtime::sleep_for(random.between(Duration(0), Duration(3ms)));
      const uint64_t what = random.below(10);
      if (what < 5) co_await upload(random.id<Uuid>(), random);
      if (what >= 5 && what < 8) co_await drop(pick(random));
      if (what >= 8) co_await look(pick(random), false);
    }
  }

  Task<void> compactor() {
    while (!history_.quiet) {
      co_await runtime::sleep_for(20ms);
      auto report = co_await blocks->compact_once({});
      if (report && *report) history_.moved += (*report)->records_moved;
    }
  }

  Uuid pick(sim::SimRandom& random) {
    std::vector<Uuid> stored;
    for (const auto& [of, upload] : history_.uploads) {
      if (upload.state == State::kStored) stored.push_back(of);
    }
    return stored.empty() ? Uuid{} : random.pick(stored);
  }

  Task<void> upload(Uuid of, sim::SimRandom random) {
    Upload& upload = history_.uploads[of];
    for (uint64_t count = 1 + random.below(3); count > 0; --count) upload.contents.push_back(random.below(kContents));
    const bool give_up = random.chance(0.2);
    std::vector<BlockHold> holds;
    for (size_t i : std::vector(upload.contents)) {
      auto hold = co_await blocks->put(hash_of(content(i)), Buffer(content(i)));
      if (!hold) ++history_.refused;
      if (!hold) co_return;
      holds.push_back(std::move(*hold));
      if (random.chance(0.3)) co_await runtime::sleep_for(random.between(Duration(0), Duration(5ms)));
    }
    if (give_up) co_return;
    auto done = co_await blocks->sync();
    if (done) done = co_await commits.commit(std::make_shared<AddBlocks>(holds, of));
    if (done) {
      upload.state = State::kStored;
      ++history_.stored;
    } else {
      ++history_.refused;
    }
  }

  Task<Result<void>> drop(Uuid of) {
    auto it = history_.uploads.find(of);
    if (it == history_.uploads.end()) co_return Result<void>();
    it->second.state = State::kDropping;
    std::vector<BlockHash> hashes;
    for (size_t i : it->second.contents) hashes.push_back(hash_of(content(i)));
    auto done = co_await commits.commit(std::make_shared<DropBlocks>(*blocks, hashes, of));
    if (done) {
      it->second.state = State::kDropped;
      ++history_.dropped;
    }
    co_return done;
  }

  Task<void> look(Uuid of, bool all) {
    auto it = history_.uploads.find(of);
    if (it == history_.uploads.end()) co_return;
    for (size_t i : std::vector(it->second.contents)) {
      auto bytes = co_await blocks->read(hash_of(content(i)), 0, UINT64_MAX);
      ++history_.reads;
      if (bytes && bytes->view() != content(i)) history_.wrong("other bytes for block " + std::to_string(i));
      if (!bytes && it->second.state == State::kStored)
        history_.wrong("block " + std::to_string(i) + ": " + bytes.error().message);
      if (!bytes && bytes.error().kind != ErrorKind::kNotFound)
        history_.wrong("block " + std::to_string(i) + ": " + bytes.error().message);
      if (!all) break;
    }
  }

  // After the storm: everything that is not stored for sure is dropped; what is left must be exactly that.
  Task<bool> clean_up() {
    co_await clients.join();
    std::vector<Uuid> doubtful;
    for (const auto& [of, upload] : history_.uploads) {
      if (upload.state != State::kStored && upload.state != State::kDropped) doubtful.push_back(of);
    }
    for (const Uuid& of : doubtful) {
      if (!co_await drop(of)) history_.wrong("a drop fails in calm weather");
    }
    for (auto report = co_await blocks->compact_once({}); report && *report;
         report = co_await blocks->compact_once({})) {
    }
    co_await runtime::sleep_for(3s);
    std::vector<Uuid> stored;
    for (const auto& [of, upload] : history_.uploads) {
      if (upload.state == State::kStored) stored.push_back(of);
    }
    for (const Uuid& of : stored) co_await look(of, true);
    co_return true;
  }

 private:
  env::Env env_;
  kv::MemoryStore& store_;
  History& history_;
  sim::SimRandom random_;

 public:
  kv::CommitQueue commits;
  std::unique_ptr<BlockStore> blocks;
  runtime::TaskGroup clients;
};

// Rows, references and accounts say the same.
void check_books(kv::MemoryStore& store, const History& history, const BlockStore& blocks) {
  std::set<BlockHash> referenced, indexed;
  for (const auto& [of, upload] : history.uploads) {
    if (upload.state != State::kStored) continue;
    for (size_t i : upload.contents) referenced.insert(hash_of(content(i)));
  }
  uint64_t live = 0;
  auto cursor = store.iterate(kv::Family::kBlockIndex, {});
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    const BlockHash hash = *BlockHash::from_raw(cursor->key());
    indexed.insert(hash);
    live += extent_bytes(decode_place(hash, cursor->value())->stored_bytes);
  }
  EXPECT_EQ(indexed, referenced);
  EXPECT_EQ(blocks.stats().live_bytes, live);
  EXPECT_EQ(blocks.stats().blocks_corrupt, 0u);
}

void run_storm(uint64_t seed, bool disk_errors, History& total) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  log::install_sink(&quiet_sink);
  History history;
  kv::MemoryStore store;
  sim::FaultOptions faults;
  faults.disk_pool.longest = 2ms;
  faults.accidents.kill_every = 300ms;
  faults.accidents.power_cut_every = 300ms;
  faults.accidents.down_longest = 10ms;
  if (disk_errors) {
    faults.disk.sync_error_probability = 0.03;
    faults.disk.write_error_probability = 0.03;
    faults.disk.no_space_probability = 0.05;
  }
  sim::World world(seed, faults);
  Life* life = nullptr;
  sim::SimNode& node = world.add_node([&](sim::SimNode& self) {
    life = &self.own(std::make_unique<Life>(self.env(), store, history, self.random().fork()));
    self.spawn(life->run());
  });
  sim::Storm storm(world);
  world.run_for(2s);
  storm.calm();
  node.disk().faults() = {};
  history.quiet = true;
  world.run_for(1s);
  ASSERT_TRUE(node.alive());
  ASSERT_TRUE(life->blocks);
  ASSERT_TRUE(world.run(life->clean_up(), 60s));
  EXPECT_EQ(history.trouble, "");
  check_books(store, history, *life->blocks);
  total.stored += history.stored;
  total.dropped += history.dropped;
  total.refused += history.refused;
  total.moved += history.moved;
  total.lives += history.lives;
}

// A storm in which nothing happened proves nothing.
void expect_eventful(const History& total, uint64_t seeds) {
  EXPECT_GT(total.stored, 50 * seeds);
  EXPECT_GT(total.dropped, 50 * seeds);
  EXPECT_GT(total.moved, seeds);
  EXPECT_GT(total.lives, 3 * seeds);
}

TEST(BlockStorm, PowerCutsAndKills) {
  History total;
  for (uint64_t seed = 1; seed <= 5; ++seed) run_storm(seed, false, total);
  expect_eventful(total, 5);
}

TEST(BlockStorm, WithDiskErrors) {
  History total;
  for (uint64_t seed = 101; seed <= 105; ++seed) run_storm(seed, true, total);
  expect_eventful(total, 5);
  EXPECT_GT(total.refused, 10u);
}

}  // namespace
}  // namespace garage::block

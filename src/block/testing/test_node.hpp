// A node for unit tests: one hand-driven loop, pools that run at once, a simulated disk and a store in memory that
// outlive it.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "block/block_store.hpp"
#include "block/place.hpp"
#include "block/record.hpp"
#include "block/reference.hpp"
#include "crypto/digest.hpp"
#include "kv/commit_queue.hpp"
#include "kv/memory_store.hpp"
#include "runtime/manual_loop.hpp"
#include "sim/disk.hpp"
#include "sim/random.hpp"

namespace garage::block::testing {

inline BlockHash hash_of(std::string_view bytes) {
  return BlockHash{crypto::sha256(bytes)};
}

// Bytes that don't compress, the same for the same seed.
inline std::string noise(uint64_t seed, size_t length) {
  std::string out(length, '\0');
  sim::SimRandom random(seed);
  random.fill({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  return out;
}

// Runs each job at once, until told to hold them back for the test to run one by one.
class StepPool : public runtime::Pool {
 public:
  void run(runtime::Job job) override {
    if (!holding_) return job();
    jobs_.push_back(std::move(job));
  }
  void hold_back() { holding_ = true; }
  // The oldest job that waits; false if there is none.
  bool step() {
    if (jobs_.empty()) return false;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    job();
    return true;
  }
  // The oldest job that waits, to be run when the test likes.
  runtime::Job take() {
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }
  void go_on() {
    holding_ = false;
    while (step()) {
    }
  }
  size_t waiting() const { return jobs_.size(); }

 private:
  bool holding_ = false;
  std::deque<runtime::Job> jobs_;
};

class NoNetwork : public env::Network {
 public:
  Result<std::unique_ptr<env::Listener>> listen(env::Address, env::ListenOptions) override { return none(); }
  Task<Result<std::unique_ptr<env::Stream>>> connect(env::Address, MonotonicTime) override { co_return none(); }
  Task<Result<std::vector<env::Address>>> resolve(std::string, MonotonicTime) override { co_return none(); }

 private:
  static std::unexpected<Error> none() { return fail(ErrorKind::kUnsupported, "no network"); }
};

class LoopClock : public runtime::Clock {
 public:
  explicit LoopClock(runtime::Loop& loop) : loop_(loop) {}
  WallTime wall_now() override { return {}; }
  MonotonicTime monotonic_now() override { return loop_.now(); }

 private:
  runtime::Loop& loop_;
};

// Index rows and references of some holds, in one change.
class AddBlocks : public kv::Change {
 public:
  AddBlocks(std::vector<BlockHold>& holds, Uuid owner, Reference reference = {})
      : holds_(holds), owner_(owner), reference_(std::move(reference)) {}
  void reads(std::vector<kv::Key>& out) const override {
    for (const auto& hold : holds_) out.push_back(BlockStore::index_key(hold.hash()));
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const auto& hold : holds_) {
      CHECK_OK(hold.add_to_index(view, batch));
      CHECK_OK(add_reference(view, batch, hold.hash(), owner_, reference_));
    }
    return {};
  }
  void committed() override {
    for (auto& hold : holds_) hold.committed();
  }

 private:
  std::vector<BlockHold>& holds_;
  Uuid owner_;
  Reference reference_;
};

class DropBlocks : public kv::Change {
 public:
  DropBlocks(BlockStore& blocks, std::vector<BlockHash> hashes, Uuid owner, Ord judged = Ord::highest())
      : removal_(blocks.begin_removal()), hashes_(std::move(hashes)), owner_(owner), judged_(judged) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    return drop_references(view, batch, *removal_, owner_, hashes_, judged_);
  }
  void committed() override { removal_->committed(); }

 private:
  std::unique_ptr<BlockStore::Removal> removal_;
  std::vector<BlockHash> hashes_;
  Uuid owner_;
  Ord judged_;
};

inline Uuid owner(unsigned char number) {
  Uuid out;
  out.bytes.fill(number);
  return out;
}

// Tests damage things on purpose; nobody wants to read about it.
class QuietSink : public log::Sink {
 public:
  bool wants(log::Level, std::string_view) override { return false; }
  void write(log::Level, std::string_view, std::string_view) override {}
};
inline QuietSink quiet_sink;

// What outlives a node: its disk and its metadata.
struct Machine {
  Machine() { log::install_sink(&quiet_sink); }

  sim::SimDisk disk{1};
  kv::MemoryStore store;
  uint64_t lives = 0;

  // The power fails, at a moment of the disk's choosing (sim::SimDisk::cut_at_...), for the metadata too.
  void die_together() {
    disk.on_power_lost([this] { store.fail_next_writes(ErrorKind::kClosed, SIZE_MAX); });
  }
  void power_cut(sim::CutMode mode) {
    disk.power_cut({.mode = mode});
    store.fail_next_writes(ErrorKind::kClosed, 0);
    store.crash();
  }
  std::vector<std::string> volumes(const std::string& directory = "/data") {
    auto names = disk.list(directory + "/volumes");
    if (!names) return {};
    std::erase_if(*names, [](const std::string& name) { return !name.ends_with(".vol"); });
    return *names;
  }
};

inline BlockOptions small_options() {
  BlockOptions options;
  options.directories = {{.path = "/data"}};
  options.volume_bytes_max = 1u << 20;
  options.compression_level = std::nullopt;
  return options;
}

class TestNode {
 public:
  // `disk`: what the node sees instead of the machine's own.
  explicit TestNode(Machine& machine, kv::Durability durability = kv::Durability::kSynced, env::Disk* disk = nullptr)
      : machine_(machine),
        disk_(disk != nullptr ? *disk : machine.disk),
        random_(++machine.lives),
        clock_(loop),
        commits(machine.store, pool_, {.durability = durability, .wrote = {}}) {}

  env::Env env() { return {clock_, random_, disk_, network_, {&loop}, {pool_, pool_}}; }

  Result<void> open(BlockOptions options = small_options()) {
    auto opened = loop.run_until_done(BlockStore::open(env(), machine_.store, commits, std::move(options)));
    if (!opened) return std::unexpected(opened.error());
    blocks = std::move(*opened);
    return {};
  }
  void must_open(BlockOptions options = small_options()) {
    auto opened = open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
  }

  Result<BlockHold> put(const std::string& bytes) {
    return loop.run_until_done(blocks->put(hash_of(bytes), Buffer(bytes)));
  }
  Result<void> sync() { return loop.run_until_done(blocks->sync()); }
  Result<void> commit(std::shared_ptr<kv::Change> change) {
    return loop.run_until_done(commits.commit(std::move(change)));
  }
  // Put, synced, committed with a reference: what an upload does.
  Result<void> store(const std::string& bytes, Uuid of = owner(1)) {
    std::vector<BlockHold> holds;
    TRY(holds.emplace_back(), put(bytes));
    CHECK_OK(sync());
    return commit(std::make_shared<AddBlocks>(holds, of));
  }
  Result<void> drop(const std::vector<std::string>& all, Uuid of = owner(1)) {
    std::vector<BlockHash> hashes;
    for (const auto& bytes : all) hashes.push_back(hash_of(bytes));
    return commit(std::make_shared<DropBlocks>(*blocks, hashes, of));
  }
  Result<std::string> read(const BlockHash& hash, uint64_t offset = 0, uint64_t length = UINT64_MAX) {
    auto bytes = loop.run_until_done(blocks->read(hash, offset, length));
    if (!bytes) return std::unexpected(bytes.error());
    return std::string(bytes->view());
  }
  Result<std::optional<CompactReport>> compact() { return loop.run_until_done(blocks->compact_once({})); }
  StepPool& pool() { return pool_; }
  // Starts a task and lets it run as far as it gets; its value is in `out` when it has one.
  template <class T>
  void start(Task<T> task, std::optional<T>& out) {
    begin(std::move(task), out);
    loop.run();
  }
  // The same, without letting anything else run.
  template <class T>
  void begin(Task<T> task, std::optional<T>& out) {
    runtime::Loop::Scope scope(&loop);
    tasks_.spawn(keep(std::move(task), out));
  }
  // Lets the background work happen.
  void settle() { loop.advance(3s); }
  void stop() { loop.run_until_done(stop_task(blocks.get())); }
  // Stopped and gone; may be said twice.
  void shut_down() {
    if (blocks) stop();
    blocks.reset();
  }

  bool has_row(const BlockHash& hash) {
    auto row = machine_.store.get(kv::Family::kBlockIndex, hash.view());
    return row && row->has_value();
  }
  BlockPlace place(const BlockHash& hash) {
    auto row = machine_.store.get(kv::Family::kBlockIndex, hash.view());
    if (!row || !*row) return {};
    return decode_place(hash, **row).value_or(BlockPlace{});
  }
  std::string path(const BlockPlace& place, const std::string& directory = "/data") {
    char name[32];
    std::snprintf(name, sizeof name, "/volumes/%08x.vol", place.volume);
    return directory + name;
  }

 private:
  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }
  static Task<bool> stop_task(BlockStore* blocks) {
    co_await blocks->stop();
    co_return true;
  }

  Machine& machine_;
  env::Disk& disk_;
  StepPool pool_;
  NoNetwork network_;
  sim::SimRandom random_;

 public:
  runtime::ManualLoop loop;

 private:
  LoopClock clock_;
  runtime::TaskGroup tasks_;

 public:
  kv::CommitQueue commits;
  std::unique_ptr<BlockStore> blocks;
};

template <class T>
ErrorKind kind_of(const Result<T>& result) {
  EXPECT_FALSE(result) << "expected an error";
  return result ? ErrorKind::kInternal : result.error().kind;
}

#define EXPECT_OK(...)                                                 \
  do {                                                                 \
    auto expect_ok_result = (__VA_ARGS__);                             \
    EXPECT_TRUE(expect_ok_result) << expect_ok_result.error().message; \
  } while (false)
#define ASSERT_OK(...)                                                 \
  do {                                                                 \
    auto assert_ok_result = (__VA_ARGS__);                             \
    ASSERT_TRUE(assert_ok_result) << assert_ok_result.error().message; \
  } while (false)

}  // namespace garage::block::testing

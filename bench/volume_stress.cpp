// Uploads, deletions, reads and compactions of the same few blocks on real threads and files: for the thread sanitizer,
// and for what the simulated world, being one thread, can't show.
//
//   volume_stress [directory] [seconds]
//
// Ends with 0 if every block was whole whenever it had to be there, and the books balance.
#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <set>

#include "block/testing/test_node.hpp"
#include "env/posix/posix_env.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace garage::block {
namespace {

using namespace testing;

constexpr size_t kLoops = 4;
constexpr size_t kClientsPerLoop = 8;
constexpr size_t kContents = 300;

std::string content(size_t i) {
  const size_t length = 3000 + 9000 * (i % 17);
  return i % 2 == 0 ? noise(1000 + i, length) : std::to_string(i) + std::string(length, 'a');
}

struct Shared {
  BlockStore* blocks = nullptr;
  kv::CommitQueue* commits = nullptr;
  std::vector<Buffer> contents;
  std::vector<BlockHash> hashes;
  std::atomic<bool> quiet{false};
  std::atomic<size_t> running{0};
  std::atomic<uint64_t> stored{0}, dropped{0}, reads{0}, moved{0}, wrong{0};
  std::promise<void> finished;
  std::mutex mutex;
  std::multiset<BlockHash> left;  // guarded by mutex: references at the end
};

struct Upload {
  Uuid of;
  std::vector<size_t> contents;
};

Task<void> look(Shared* shared, size_t i) {
  auto bytes = co_await shared->blocks->read(shared->hashes[i], 0, UINT64_MAX);
  ++shared->reads;
  if (bytes && bytes->view() == shared->contents[i].view()) co_return;
  ++shared->wrong;
  fmt::print(stderr, "block {}: {}\n", i, bytes ? "other bytes" : bytes.error().message);
}

Task<std::optional<Upload>> upload(Shared* shared, sim::SimRandom random) {
  Upload upload{.of = random.id<Uuid>(), .contents = {}};
  std::vector<BlockHold> holds;
  for (uint64_t count = 1 + random.below(4); count > 0; --count) {
    const size_t i = random.below(kContents);
    auto hold = co_await shared->blocks->put(shared->hashes[i], shared->contents[i]);
    if (!hold) co_return std::nullopt;
    holds.push_back(std::move(*hold));
    upload.contents.push_back(i);
  }
  if (random.chance(0.2)) co_return std::nullopt;
  if (!co_await shared->blocks->sync()) co_return std::nullopt;
  auto done = co_await shared->commits->commit(std::make_shared<AddBlocks>(holds, upload.of));
  if (!done) fmt::print(stderr, "commit: {}\n", done.error().message);
  if (!done) co_return std::nullopt;
  ++shared->stored;
  co_return upload;
}

Task<void> drop(Shared* shared, Upload upload) {
  std::vector<BlockHash> hashes;
  for (size_t i : upload.contents) hashes.push_back(shared->hashes[i]);
  if (co_await shared->commits->commit(std::make_shared<DropBlocks>(*shared->blocks, hashes, upload.of)))
    ++shared->dropped;
}

Task<void> client(Shared* shared, uint64_t seed) {
  sim::SimRandom random(seed);
  std::vector<Upload> mine;
  while (!shared->quiet) {
    const uint64_t what = random.below(10);
    if (mine.size() < 3 || what < 4) {
      auto done = co_await upload(shared, random.fork());
      if (done) mine.push_back(std::move(*done));
    } else if (what < 8) {
      const size_t which = random.below(mine.size());
      Upload gone = std::move(mine[which]);
      mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(which));
      co_await drop(shared, std::move(gone));
    } else {
      for (size_t i : std::vector(mine[random.below(mine.size())].contents)) co_await look(shared, i);
    }
  }
  for (const Upload& upload : mine) {
    for (size_t i : upload.contents) co_await look(shared, i);
    std::lock_guard lock(shared->mutex);
    for (size_t i : upload.contents) shared->left.insert(shared->hashes[i]);
  }
  if (--shared->running == 0) shared->finished.set_value();
}

Task<void> compactor(Shared* shared) {
  while (!shared->quiet) {
    co_await runtime::sleep_for(5ms);
    auto report = co_await shared->blocks->compact_once();
    if (report && *report) shared->moved += (*report)->records_moved;
  }
  if (--shared->running == 0) shared->finished.set_value();
}

Task<void> open_store(env::Env env, kv::Store* store, kv::CommitQueue* commits, BlockOptions options,
                      std::promise<std::unique_ptr<BlockStore>>* out) {
  out->set_value(std::move(*co_await BlockStore::open(env, *store, *commits, std::move(options))));
}

Task<void> settle_and_stop(BlockStore* blocks, std::promise<BlockStats>* out) {
  co_await runtime::sleep_for(3s);
  const BlockStats stats = blocks->stats();
  co_await blocks->stop();
  out->set_value(stats);
}

// Index rows, references and the accounts of the volumes say the same.
bool books_balance(kv::MemoryStore& store, const Shared& shared, const BlockStats& stats) {
  std::set<BlockHash> indexed;
  uint64_t live = 0;
  auto cursor = store.iterate(kv::Family::kBlockIndex, {});
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    const BlockHash hash = *BlockHash::from_raw(cursor->key());
    indexed.insert(hash);
    live += extent_bytes(decode_place(hash, cursor->value())->stored_bytes);
  }
  return indexed == std::set(shared.left.begin(), shared.left.end()) && live == stats.live_bytes &&
         stats.blocks_corrupt == 0;
}

int run(int argc, char** argv) {
  const std::string directory = (argc > 1 ? std::string(argv[1]) : "/tmp") + "/volume_stress";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 10;
  std::filesystem::remove_all(directory);
  auto world = std::move(*env::posix::PosixWorld::create({.loops = kLoops, .disk_threads = 8, .compute_threads = 2}));
  kv::MemoryStore store;
  kv::CommitQueue commits(store, world->env().pools.disk, {});
  std::vector<runtime::TaskGroup> groups(kLoops);
  if (!world->start()) return 2;

  BlockOptions options;
  options.directories = {{.path = directory + "/a", .capacity_bytes = 2},
                         {.path = directory + "/b", .capacity_bytes = 1}};
  options.volume_bytes_max = 1u << 20;
  options.open_files_max = 8;
  std::promise<std::unique_ptr<BlockStore>> opened;
  world->loop(0).post([&] { groups[0].spawn(open_store(world->env(), &store, &commits, options, &opened)); });
  auto blocks = opened.get_future().get();

  Shared shared;
  shared.blocks = blocks.get();
  shared.commits = &commits;
  for (size_t i = 0; i < kContents; ++i) {
    shared.contents.push_back(Buffer(content(i)));
    shared.hashes.push_back(hash_of(content(i)));
  }
  shared.running = kLoops * kClientsPerLoop + 1;
  for (size_t i = 0; i < kLoops * kClientsPerLoop; ++i) {
    world->loop(i % kLoops).post([&, i] { groups[i % kLoops].spawn(client(&shared, i + 1)); });
  }
  world->loop(1).post([&] { groups[1].spawn(compactor(&shared)); });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  shared.quiet = true;
  shared.finished.get_future().wait();

  std::promise<BlockStats> stopped;
  world->loop(0).post([&] { groups[0].spawn(settle_and_stop(blocks.get(), &stopped)); });
  const BlockStats stats = stopped.get_future().get();
  world->stop();
  world->wait();
  const bool balanced = books_balance(store, shared, stats);
  fmt::print("{} stored, {} dropped, {} reads, {} records moved, {} wrong, books {}\n", shared.stored.load(),
             shared.dropped.load(), shared.reads.load(), shared.moved.load(), shared.wrong.load(),
             balanced ? "balance" : "DO NOT BALANCE");
  blocks.reset();
  std::filesystem::remove_all(directory);
  return shared.wrong == 0 && balanced && shared.stored > 0 && shared.moved > 0 ? 0 : 1;
}

}  // namespace
}  // namespace garage::block

int main(int argc, char** argv) {
  return garage::block::run(argc, argv);
}

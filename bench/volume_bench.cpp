// How fast blocks become durable and are read back, against what plain files allow: the same sizes, the same number of
// writers, one fdatasync shared by all who wait, on the same disk.
//
//   volume_bench [directory] [seconds a measurement] [rounds]
//
// Store and plain files take turns; printed is the median of the rounds and their ratio. Put the directory on the disk
// that is meant; it is emptied.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "block/block_store.hpp"
#include "env/posix/posix_env.hpp"
#include "kv/memory_store.hpp"
#include "runtime/task_group.hpp"

namespace garage {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Load {
  size_t block_bytes;
  size_t writers;
  std::chrono::duration<double> duration;
};

std::string noise(size_t bytes) {
  std::string out(bytes, '\0');
  uint64_t state = 88172645463325252;
  for (size_t i = 0; i + 8 <= bytes; i += 8) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    std::memcpy(out.data() + i, &state, 8);
  }
  return out;
}

void start_clean(const std::string& directory) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  ::sync();  // nobody pays for what the last measurement left
}

// --- plain files

// One file; whoever waits for its sync while one runs is served by the next.
class PlainFile {
 public:
  explicit PlainFile(const std::string& path) : fd_(::open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0644)) {}
  ~PlainFile() { ::close(fd_); }

  void write(const std::string& bytes) {
    const uint64_t extent = (bytes.size() + 4095) / 4096 * 4096;
    const auto offset = static_cast<off_t>(end_.fetch_add(extent) % (1u << 30));
    if (::pwrite(fd_, bytes.data(), bytes.size(), offset) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  void sync() {
    std::unique_lock lock(mutex_);
    const uint64_t wanted = started_ + 1;  // a sync that begins from now on
    while (finished_ < wanted) {
      if (running_) {
        changed_.wait(lock);
        continue;
      }
      running_ = true;
      const uint64_t number = ++started_;
      lock.unlock();
      if (::fdatasync(fd_) != 0) std::abort();
      lock.lock();
      running_ = false;
      finished_ = number;
      changed_.notify_all();
    }
  }

 private:
  int fd_;
  std::atomic<uint64_t> end_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t started_ = 0, finished_ = 0;
  bool running_ = false;
};

double measure_plain(const std::string& directory, const Load& load, size_t files) {
  start_clean(directory);
  std::vector<std::unique_ptr<PlainFile>> lanes;
  for (size_t i = 0; i < files; ++i) lanes.push_back(std::make_unique<PlainFile>(fmt::format("{}/{}", directory, i)));
  const std::string block = noise(load.block_bytes);
  std::atomic<uint64_t> blocks{0};
  const auto start = SteadyClock::now();
  std::vector<std::thread> writers;
  for (size_t i = 0; i < load.writers; ++i) {
    writers.emplace_back([&, i] {
      PlainFile& lane = *lanes[i % files];
      while (SteadyClock::now() - start < load.duration) {
        lane.write(block);
        lane.sync();
        ++blocks;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  const std::chrono::duration<double> took = SteadyClock::now() - start;
  return static_cast<double>(blocks * load.block_bytes) / took.count() / 1e6;
}

// --- the store

struct Counters {
  std::atomic<uint64_t> next{0};
  std::atomic<uint64_t> blocks{0};
  std::atomic<size_t> running{0};
  std::promise<void> done;
};

// Not the true hash: hashing is somebody else's work.
BlockHash fresh_hash(Counters& counters) {
  BlockHash hash;
  const uint64_t number = ++counters.next * 0x9e3779b97f4a7c15;
  for (size_t i = 0; i < 4; ++i) std::memcpy(hash.bytes.data() + 8 * i, &number, 8);
  return hash;
}

Task<void> writer(block::BlockStore* store, Buffer bytes, SteadyClock::time_point until, Counters* counters) {
  std::vector<block::BlockHold> holds;  // let go at the end: giving back room is not measured
  while (SteadyClock::now() < until) {
    auto hold = co_await store->put(fresh_hash(*counters), bytes);
    if (!hold) std::abort();
    holds.push_back(std::move(*hold));
    if (!co_await store->sync()) std::abort();
    ++counters->blocks;
  }
  if (--counters->running == 0) counters->done.set_value();
}

Task<void> open_store(env::posix::PosixWorld* world, kv::Store* metadata, kv::CommitQueue* commits,
                      block::BlockOptions options, std::promise<std::unique_ptr<block::BlockStore>>* out) {
  auto store = co_await block::BlockStore::open(world->env(), *metadata, *commits, std::move(options));
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().message);
    std::exit(1);
  }
  out->set_value(std::move(*store));
}

Task<void> stop_store(block::BlockStore* store, std::promise<void>* done) {
  co_await store->stop();
  done->set_value();
}

struct Groups {
  explicit Groups(size_t count) : groups(count) {}
  std::vector<runtime::TaskGroup> groups;  // one a loop
};

// `body` runs with an open store and the groups to start its tasks in.
template <class Body>
auto with_store(const std::string& directory, std::optional<int> compression, size_t loops, Body body) {
  start_clean(directory);
  auto world = std::move(*env::posix::PosixWorld::create({.loops = loops, .disk_threads = 16, .compute_threads = 0}));
  kv::MemoryStore metadata;
  kv::CommitQueue commits(metadata, world->env().pools.disk, {});
  Groups groups(loops);
  if (!world->start()) std::abort();
  block::BlockOptions options;
  options.directories = {{.path = directory}};
  options.compression_level = compression;
  std::promise<std::unique_ptr<block::BlockStore>> opened;
  world->loop(0).post([&] { groups.groups[0].spawn(open_store(world.get(), &metadata, &commits, options, &opened)); });
  auto store = opened.get_future().get();
  auto result = body(*world, groups, *store);
  std::promise<void> stopped;
  world->loop(0).post([&] { groups.groups[0].spawn(stop_store(store.get(), &stopped)); });
  stopped.get_future().wait();
  world->stop();
  world->wait();
  return result;
}

double measure_store(const std::string& directory, const Load& load, size_t loops, std::optional<int> compression) {
  return with_store(directory, compression, loops,
                    [&](env::posix::PosixWorld& world, Groups& groups, block::BlockStore& store) {
                      const Buffer bytes(noise(load.block_bytes));
                      Counters counters;
                      counters.running = load.writers;
                      const auto start = SteadyClock::now();
                      const auto until = start + std::chrono::duration_cast<SteadyClock::duration>(load.duration);
                      for (size_t i = 0; i < load.writers; ++i) {
                        world.loop(i % loops).post(
                            [&, i] { groups.groups[i % loops].spawn(writer(&store, bytes, until, &counters)); });
                      }
                      counters.done.get_future().wait();
                      const std::chrono::duration<double> took = SteadyClock::now() - start;
                      return static_cast<double>(counters.blocks * load.block_bytes) / took.count() / 1e6;
                    });
}

// --- reading

class AddRows : public kv::Change {
 public:
  explicit AddRows(std::vector<block::BlockHold> holds) : holds_(std::move(holds)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (auto& hold : holds_) CHECK_OK(hold.add_to_index(view, batch));
    return {};
  }
  void committed() override {
    for (auto& hold : holds_) hold.committed();
  }

 private:
  std::vector<block::BlockHold> holds_;
};

Task<void> fill_and_read(block::BlockStore* store, kv::CommitQueue* commits, size_t block_bytes, uint64_t length,
                         double* rate, std::promise<void>* done, SteadyClock::duration duration) {
  constexpr size_t kBlocks = 64;
  Counters counters;
  std::vector<BlockHash> hashes;
  std::vector<block::BlockHold> holds;
  const Buffer bytes(noise(block_bytes));
  for (size_t i = 0; i < kBlocks; ++i) {
    hashes.push_back(fresh_hash(counters));
    holds.push_back(std::move(*co_await store->put(hashes.back(), bytes)));
  }
  if (!co_await store->sync()) std::abort();
  if (!co_await commits->commit(std::make_shared<AddRows>(std::move(holds)))) std::abort();
  uint64_t total = 0;
  const auto start = SteadyClock::now();
  for (uint64_t i = 0; SteadyClock::now() - start < duration; ++i) {
    const uint64_t offset = length < block_bytes ? (i * 7919 * 4096) % (block_bytes - length) : 0;
    auto read = co_await store->read(hashes[i % kBlocks], offset, length);
    if (!read) std::abort();
    total += read->size();
  }
  *rate = static_cast<double>(total) / std::chrono::duration<double>(SteadyClock::now() - start).count() / 1e6;
  done->set_value();
}

double measure_read(const std::string& directory, size_t block_bytes, uint64_t length, double seconds) {
  start_clean(directory);
  auto world = std::move(*env::posix::PosixWorld::create({.loops = 1, .disk_threads = 4, .compute_threads = 1}));
  kv::MemoryStore metadata;
  kv::CommitQueue commits(metadata, world->env().pools.disk, {});
  runtime::TaskGroup group;
  if (!world->start()) std::abort();
  block::BlockOptions options;
  options.directories = {{.path = directory}};
  options.compression_level = std::nullopt;
  std::promise<std::unique_ptr<block::BlockStore>> opened;
  world->loop(0).post([&] { group.spawn(open_store(world.get(), &metadata, &commits, options, &opened)); });
  auto store = opened.get_future().get();
  double rate = 0;
  std::promise<void> done, stopped;
  const auto duration = std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
  world->loop(0).post(
      [&] { group.spawn(fill_and_read(store.get(), &commits, block_bytes, length, &rate, &done, duration)); });
  done.get_future().wait();
  world->loop(0).post([&] { group.spawn(stop_store(store.get(), &stopped)); });
  stopped.get_future().wait();
  world->stop();
  world->wait();
  return rate;
}

// pread of the same pieces into a fresh buffer each, as a reader has to.
double measure_plain_read(const std::string& directory, size_t block_bytes, size_t length, double seconds) {
  start_clean(directory);
  constexpr size_t kBlocks = 64;
  const int fd = ::open((directory + "/file").c_str(), O_CREAT | O_RDWR, 0644);
  const std::string bytes = noise(block_bytes);
  for (size_t i = 0; i < kBlocks; ++i) {
    if (::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(i * block_bytes)) < 0) std::abort();
  }
  uint64_t total = 0;
  const auto start = SteadyClock::now();
  for (uint64_t i = 0; std::chrono::duration<double>(SteadyClock::now() - start).count() < seconds; ++i) {
    const uint64_t offset = length < block_bytes ? (i * 7919 * 4096) % (block_bytes - length) : 0;
    auto buffer = std::make_unique_for_overwrite<char[]>(length);
    if (::pread(fd, buffer.get(), length, static_cast<off_t>((i % kBlocks) * block_bytes + offset)) < 0) std::abort();
    total += length;
  }
  ::close(fd);
  return static_cast<double>(total) / std::chrono::duration<double>(SteadyClock::now() - start).count() / 1e6;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run(int argc, char** argv) {
  const std::string directory = (argc > 1 ? std::string(argv[1]) : "/tmp") + "/volume_bench";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 2;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 3;
  constexpr size_t kLoops = 2;
  fmt::print("put and sync, MB/s      plain    store   ratio   zstd on (bytes that don't compress)\n");
  for (size_t block_bytes : {64u << 10, 1u << 20}) {
    for (size_t writers : {1u, 4u, 16u, 64u}) {
      const Load load{block_bytes, writers, std::chrono::duration<double>(seconds)};
      std::vector<double> plain, store, packed;
      for (int i = 0; i < rounds; ++i) {
        plain.push_back(measure_plain(directory, load, kLoops));
        store.push_back(measure_store(directory, load, kLoops, std::nullopt));
        packed.push_back(measure_store(directory, load, kLoops, 1));
      }
      fmt::print("{:5} KiB, {:2} writers {:9.0f} {:8.0f} {:7.2f} {:8.0f}\n", block_bytes >> 10, writers, median(plain),
                 median(store), median(store) / median(plain), median(packed));
      std::fflush(stdout);
    }
  }
  fmt::print("read from memory, MB/s  plain    store   ratio\n");
  for (size_t length : {1u << 20, 64u << 10, 4u << 10}) {
    std::vector<double> plain, store;
    for (int i = 0; i < rounds; ++i) {
      plain.push_back(measure_plain_read(directory, 1u << 20, length, seconds));
      store.push_back(measure_read(directory, 1u << 20, length, seconds));
    }
    fmt::print("{:5} KiB of 1 MiB    {:9.0f} {:8.0f} {:7.2f}\n", length >> 10, median(plain), median(store),
               median(store) / median(plain));
    std::fflush(stdout);
  }
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace
}  // namespace garage

int main(int argc, char** argv) {
  return garage::run(argc, argv);
}

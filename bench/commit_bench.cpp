// How many changes a second the commit queue takes over the real engine, and what a page of a listing costs.
//
//   commit_bench [directory] [committers] [seconds]
//
// Prints one line a measurement. The directory is emptied first; put it on the disk that is meant.
#include <fmt/core.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include "kv/commit_queue.hpp"
#include "kv/relaxed_syncer.hpp"
#include "kv/rocksdb/rocks_store.hpp"
#include "runtime/task_group.hpp"

namespace garage {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The plainest loop and pool that threads can make.
class ThreadLoop : public runtime::Loop, public runtime::Pool {
 public:
  ThreadLoop() : thread_([this] { work(); }) {}
  ~ThreadLoop() override {
    post([this] { stopping_ = true; });
    thread_.join();
  }
  void run(runtime::Job job) override { post(std::move(job)); }
  void post(runtime::Job job) override {
    bool asleep = false;
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
      asleep = std::exchange(asleep_, false);
    }
    if (asleep) wake_.notify_one();
  }
  // Returns when everything posted before has run.
  void drain() {
    std::promise<void> done;
    post([&done] { done.set_value(); });
    done.get_future().wait();
  }
  runtime::TimerId call_after(Duration delay, runtime::Job job) override {
    timers_.emplace_back(now() + delay, std::move(job));
    return 1;
  }
  void cancel(runtime::TimerId) override { timers_.clear(); }
  MonotonicTime now() override { return {SteadyClock::now().time_since_epoch()}; }

 private:
  void work() {
    Scope scope(this);
    while (!stopping_) {
      std::deque<runtime::Job> jobs;
      {
        std::unique_lock lock(mutex_);
        if (jobs_.empty()) {
          asleep_ = true;
          wake_.wait_for(lock, std::chrono::milliseconds(100));
          asleep_ = false;
        }
        jobs.swap(jobs_);
      }
      for (auto& job : jobs) job();
      while (!timers_.empty() && timers_.front().first <= now()) {
        auto job = std::move(timers_.front().second);
        timers_.pop_front();
        job();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<runtime::Job> jobs_;
  bool asleep_ = false;
  bool stopping_ = false;                                      // loop thread
  std::deque<std::pair<MonotonicTime, runtime::Job>> timers_;  // loop thread
  std::thread thread_;
};

// What a small PUT is: reads its row, puts it with a body beside it, and a digest.
class PutRow : public kv::Change {
 public:
  PutRow(std::string key, size_t value_bytes) : key_(std::move(key)), value_bytes_(value_bytes) {}
  void reads(std::vector<kv::Key>& out) const override {
    out.push_back({kv::Family::kObject, key_});
    out.push_back({kv::Family::kDigest, key_.substr(0, 34)});
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    TRY([[maybe_unused]] const auto row, view.get(kv::Family::kObject, key_));
    TRY(const auto digest, view.get(kv::Family::kDigest, key_.substr(0, 34)));
    batch.put(kv::Family::kObject, key_, std::string(value_bytes_, 'v'));
    batch.put(kv::Family::kDigest, key_.substr(0, 34), digest ? std::string(*digest) : std::string(16, 'd'));
    return {};
  }
  size_t bytes() const override { return 128 + key_.size() + value_bytes_; }

 private:
  const std::string key_;
  const size_t value_bytes_;
};

struct Load {
  kv::CommitQueue& queue;
  SteadyClock::time_point end;
  size_t value_bytes;
  std::atomic<uint64_t> done = 0;
  std::atomic<uint64_t> failed = 0;
  std::atomic<int> running = 0;
};

Task<void> committer(Load& load, uint64_t seed) {
  while (SteadyClock::now() < load.end) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    const uint64_t number = seed >> 40;
    auto change =
        std::make_shared<PutRow>(fmt::format("{:032}{:02}/some/object/{:08}", 1, number % 8, number), load.value_bytes);
    if (co_await load.queue.commit(std::move(change))) {
      ++load.done;
    } else {
      ++load.failed;
    }
  }
  --load.running;
}

void measure(const std::string& directory, kv::Durability durability, int committers, double seconds,
             size_t value_bytes) {
  std::filesystem::remove_all(directory);
  kv::RocksOptions options;
  options.directory = directory;
  options.durability = durability;
  auto store = kv::open_rocks_store(options);
  if (!store) {
    fmt::print("{}\n", store.error().message);
    std::exit(1);
  }
  ThreadLoop writer;
  ThreadLoop disk;
  kv::CommitOptions commit_options;
  commit_options.durability = durability;
  ThreadLoop loops[2];
  kv::RelaxedSyncer syncer(**store, loops[0], disk, {});
  if (durability == kv::Durability::kRelaxed) commit_options.wrote = [&syncer](uint64_t bytes) { syncer.wrote(bytes); };
  kv::CommitQueue queue(**store, writer, commit_options);

  Load load{queue, SteadyClock::now() + std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6)), value_bytes};
  load.running = committers;
  runtime::TaskGroup groups[2];
  const auto start = SteadyClock::now();
  const double cpu_before = cpu_seconds();
  for (int i = 0; i < committers; ++i) {
    loops[i % 2].post(
        [&load, &group = groups[i % 2], i] { group.spawn(committer(load, static_cast<uint64_t>(i) + 1)); });
  }
  while (load.running > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (auto& loop : loops) loop.drain();  // the last lines of the committers
  const double took = seconds_since(start);
  const double cpu = cpu_seconds() - cpu_before;
  const auto stats = queue.stats();
  const auto changes = static_cast<double>(load.done);
  const auto batches = static_cast<double>(stats.batches);
  fmt::print(
      "{:8} {:4} committers {:5} B: {:8.0f} changes/s, {:5.1f} a batch, {:7.1f} us a batch, {:5.1f} us of CPU a "
      "change, {} failed\n",
      durability == kv::Durability::kSynced ? "synced" : "relaxed", committers, value_bytes, changes / took,
      static_cast<double>(stats.changes) / batches, took * 1e6 / batches, cpu * 1e6 / changes, load.failed.load());
}

// A page of 1000 rows from 8 cursors, merged; and what making a cursor costs.
void measure_listing(const std::string& directory) {
  std::filesystem::remove_all(directory);
  kv::RocksOptions options;
  options.directory = directory;
  for (int pass = 0; pass < 2; ++pass) {
    auto store = kv::open_rocks_store(options);
    if (!store) std::exit(1);
    if (pass == 0) {
      for (int i = 0; i < 2000; ++i) {
        kv::Batch batch;
        for (int j = 0; j < 100; ++j) {
          const int n = (i * 100 + j) * 7919 % 200000;
          batch.put(kv::Family::kObject, fmt::format("{:032}{:02}/some/object/{:08}", 1, n % 8, n),
                    std::string(200, 'v'));
        }
        if (!(*store)->write(batch, kv::Durability::kRelaxed)) std::exit(1);
      }
    }
    std::vector<double> pages;
    std::vector<double> cursors;
    size_t rows = 0;
    for (int round = 0; round < 200; ++round) {
      const auto start = SteadyClock::now();
      std::vector<std::unique_ptr<kv::Iterator>> shards;
      for (int shard = 0; shard < 8; ++shard) {
        kv::IterateOptions bounds;
        bounds.lower_bound = fmt::format("{:032}{:02}/", 1, shard);
        bounds.upper_bound = fmt::format("{:032}{:02}0", 1, shard);
        shards.push_back((*store)->iterate(kv::Family::kObject, bounds));
      }
      cursors.push_back(seconds_since(start) * 1e6 / 8);
      for (int shard = 0; shard < 8; ++shard) {
        shards[static_cast<size_t>(shard)]->seek(fmt::format("{:032}{:02}/some/object/{:08}", 1, shard, round * 900));
      }
      for (int row = 0; row < 1000; ++row) {
        kv::Iterator* first = nullptr;
        for (auto& shard : shards) {
          if (shard->valid() && (!first || shard->key().substr(34) < first->key().substr(34))) first = shard.get();
        }
        if (!first) break;
        rows += first->value().empty() ? 0 : 1;
        first->next();
      }
      pages.push_back(seconds_since(start) * 1e3);
    }
    std::sort(pages.begin(), pages.end());
    std::sort(cursors.begin(), cursors.end());
    fmt::print("listing from {}: page of 1000 over 8 cursors {:.2f} ms (median), a cursor {:.1f} us, {} rows\n",
               pass == 0 ? "memtables and fresh tables" : "tables", pages[100], cursors[100], rows);
  }
}

}  // namespace
}  // namespace garage

int main(int argc, char** argv) {
  using garage::kv::Durability;
  const std::string directory = argc > 1 ? argv[1] : "/tmp/garage_commit_bench";
  const int committers = argc > 2 ? std::atoi(argv[2]) : 16;
  const double seconds = argc > 3 ? std::atof(argv[3]) : 3;
  for (const size_t bytes : {300, 4000}) {
    for (const int count : {1, committers, committers * 16}) {
      garage::measure(directory, Durability::kSynced, count, seconds, bytes);
      garage::measure(directory, Durability::kRelaxed, count, seconds, bytes);
    }
  }
  garage::measure_listing(directory);
  std::filesystem::remove_all(directory);
}

// Buckets are deleted on three or five nodes while others write into them, and questions are slow, lost, or carried out
// long after: what was acknowledged stays readable, or the deletion has failed.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "object/testing/object_cluster.hpp"
#include "runtime/sleep.hpp"

namespace garage::object {
namespace {

using namespace testing;
using runtime::sleep_for;

constexpr size_t kBuckets = 6, kWriters = 5, kDeleters = 2;

block::ReplicaOptions quick_options() {
  block::ReplicaOptions options;
  options.call_timeout = 3s;
  options.lease = 60s;
  return options;
}

struct Counts {
  size_t deleted = 0, kept = 0, stored = 0, refused = 0;
};

class BucketEnds {
 public:
  BucketEnds(uint64_t seed, size_t nodes) : random_(seed), cluster_(nodes, quick_options()) {
    cluster_.world.has_settings = true;
  }
  void leave_the_rule_out() { cluster_.world.closed_ignored = true; }

  // What is wrong.
  std::vector<std::string> run(Counts& counts) {
    for (size_t i = 0; i < kBuckets; ++i) {
      if (!cluster_.run(race(i))) return problems_;
    }
    cluster_.world.board.fate = nullptr;
    cluster_.world.loop.advance(120s);
    (void)cluster_.run(join_late());
    for (const auto& bucket : buckets_) judge(*bucket, counts);
    return problems_;
  }

 private:
  struct Bucket {
    BucketRef ref;
    std::vector<std::string> stored;  // keys that were acknowledged
    bool deleted = false;             // somebody was told so
  };

  Duration up_to(Duration longest) { return Duration(random_.below(static_cast<uint64_t>(longest.count()))); }
  size_t some_node() { return random_.below(cluster_.members.size()); }
  Switchboard::Fate draw_fate() {
    Switchboard::Fate fate;
    fate.there = up_to(20ms);
    fate.back = up_to(20ms);
    switch (random_.below(30)) {
      case 0:
        fate.lost_there = true;
        break;
      case 1:
        fate.lost_back = true;
        break;
      case 2:
        fate.late = true;
        fate.lateness = up_to(random_.below(2) == 0 ? 200ms : 20s);
        break;
      case 3:
      case 4:
      case 5:
        fate.there = up_to(400ms);
        break;
      default:
        break;
    }
    return fate;
  }

  Task<bool> race(size_t number) {
    cluster_.world.board.fate = nullptr;
    auto& maker = *cluster_.members[some_node()]->settings;
    const auto made = co_await maker.create_bucket("race-" + std::to_string(number), "", 4);
    if (!made) {
      problems_.push_back("no bucket: " + made.error().message);
      co_return false;
    }
    auto& bucket = *buckets_.emplace_back(std::make_unique<Bucket>());
    bucket.ref = {.id = *made, .spread = 4};
    cluster_.world.board.fate = [this] { return draw_fate(); };
    // Mostly writers come when the deletion is under way.
    const Duration begin = random_.below(4) == 0 ? 0ms : 40ms, within = random_.below(2) == 0 ? 100ms : 300ms;
    runtime::TaskGroup clients;
    for (size_t i = 0; i < kWriters; ++i) clients.spawn(write(bucket, "k" + std::to_string(i), begin + up_to(within)));
    for (size_t i = 0; i < kDeleters; ++i) clients.spawn(remove(bucket, up_to(60ms)));
    co_await clients.join();
    co_return true;
  }
  Task<void> write(Bucket& bucket, std::string key, Duration after) {
    co_await sleep_for(after);
    Objects& objects = *cluster_.members[some_node()]->objects;
    const uint64_t kind = random_.below(4);
    bool done = false;
    if (kind == 0) {
      done = co_await put_parts(objects, bucket.ref, key);
    } else {
      done = co_await put(objects, bucket.ref, key, kind == 1);
    }
    if (done) bucket.stored.push_back(key);
  }
  static Task<bool> put(Objects& objects, BucketRef bucket, std::string key, bool conditional) {
    PutRequest request;
    request.bucket = bucket;
    request.key = std::move(key);
    if (conditional) {
      request.condition = [](const CurrentObject* current) -> Result<void> {
        if (current == nullptr) return {};
        return fail(ErrorKind::kPrecondition, "something is there");
      };
    }
    StringSource source("some bytes");
    co_return (co_await objects.put(std::move(request), source)).has_value();
  }
  static Task<bool> put_parts(Objects& objects, BucketRef bucket, std::string key) {
    UploadRequest create{bucket, key, {}, "", {}, {}};
    const auto upload = co_await objects.create_upload(std::move(create));
    if (!upload) co_return false;
    StringSource source("a part");
    PartRequest number_one{bucket, key, upload->id, 1, {}, {}};
    const auto part = co_await objects.put_part(std::move(number_one), source);
    if (!part) co_return false;
    CompleteRequest complete;
    complete.bucket = bucket;
    complete.key = std::move(key);
    complete.upload = upload->id;
    complete.parts.push_back({1, part->md5, {}});
    for (int attempt = 1; attempt <= 2; ++attempt) {
      CompleteRequest request = complete;
      const auto completed = co_await objects.complete_upload(std::move(request));
      if (completed) co_return completed->problem == CompleteProblem::kNone;
    }
    co_return false;
  }
  Task<void> remove(Bucket& bucket, Duration after) {
    co_await sleep_for(after);
    auto& member = *cluster_.members[some_node()];
    const auto deleted = co_await member.objects->delete_bucket(*member.settings, bucket.ref);
    if (deleted) bucket.deleted = true;
  }
  Task<bool> join_late() {
    co_await cluster_.world.board.late_comers.join();
    co_return true;
  }

  void judge(const Bucket& bucket, Counts& counts) {
    counts.stored += bucket.stored.size();
    counts.refused += kWriters - bucket.stored.size();
    auto& member = *cluster_.members[some_node()];
    const std::string name = "bucket " + bucket.ref.id.hex().substr(0, 8);
    (void)cluster_.run(member.copies->look_again("b" + std::string(bucket.ref.id.view())));
    const auto lives = cluster_.run(member.settings->takes_writes(bucket.ref.id));
    if (!lives) return problems_.push_back(name + " hangs: " + lives.error().message);
    ++(*lives ? counts.kept : counts.deleted);
    if (*lives && bucket.deleted) return problems_.push_back(name + " is there although it was deleted");
    if (!*lives && !bucket.stored.empty()) return problems_.push_back(name + " is gone with " + bucket.stored.front());
    if (!*lives) return;
    for (const auto& key : bucket.stored) {
      const auto found = cluster_.run(member.objects->head(bucket.ref, key));
      if (!found || !*found) problems_.push_back(name + " has lost " + key);
    }
  }

  sim::SimRandom random_;
  ObjectCluster cluster_;
  std::vector<std::unique_ptr<Bucket>> buckets_;
  std::vector<std::string> problems_;
};

TEST(BucketEndHistories, WhatWasAcknowledgedKeepsItsBucket) {
  Counts counts;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const auto problems = BucketEnds(seed, seed % 3 == 0 ? 5 : 3).run(counts);
    ASSERT_TRUE(problems.empty()) << "seed " << seed << ": " << problems.front();
  }
  std::printf("%zu deleted, %zu kept, %zu stored, %zu refused\n", counts.deleted, counts.kept, counts.stored,
              counts.refused);
  EXPECT_GT(counts.deleted, 20u);
  EXPECT_GT(counts.kept, 20u);
  EXPECT_GT(counts.refused, 20u);
}

TEST(BucketEndHistories, ItIsNoticedWhereReplicasRefuseNothing) {
  Counts counts;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    BucketEnds ends(seed, 3);
    ends.leave_the_rule_out();
    if (!ends.run(counts).empty()) return;
  }
  FAIL() << "nobody noticed";
}

}  // namespace
}  // namespace garage::object

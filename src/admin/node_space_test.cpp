#include "admin/node_space.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "block/testing/forwarding_disk.hpp"
#include "runtime/inline_pool.hpp"
#include "runtime/manual_loop.hpp"
#include "sim/disk.hpp"

namespace garage::admin {
namespace {

class DiskOfSpaces final : public block::testing::ForwardingDisk {
 public:
  using ForwardingDisk::ForwardingDisk;
  Result<env::Space> space(std::string path) override { return spaces.at(path); }
  std::map<std::string, env::Space> spaces;
};

TEST(NodeSpace, EachFileSystemCountsOnceHoweverItsNumbersChange) {
  sim::SimDisk below(1);
  DiskOfSpaces disk(below);
  disk.spaces = {{"/meta", {100, 50, 1}}, {"/a", {1000, 400, 2}}, {"/b", {1000, 400, 3}}, {"/b2", {1000, 399, 3}}};
  runtime::InlinePool pool;
  SpaceMeter meter({.disk = disk,
                    .metadata_pool = pool,
                    .data_pool = pool,
                    .metadata_dir = "/meta",
                    .data_dirs = {"/a", "/b", "/b2"}});
  const NodeSpace space = runtime::ManualLoop().run_until_done(meter.measure());
  ASSERT_TRUE(space.data && space.metadata);
  EXPECT_EQ(space.data->total_bytes, 2000u);
  EXPECT_EQ(space.data->available_bytes, 800u);
  EXPECT_EQ(space.metadata->total_bytes, 100u);
}

// As the threads of a pool whose disks may hang.
class HeldPool final : public runtime::Pool {
 public:
  void run(runtime::Job job) override { jobs.push_back(std::move(job)); }
  std::deque<runtime::Job> jobs;
};

TEST(NodeSpace, ADirectoryThatHangsIsAskedOnceAndShownAsItWas) {
  sim::SimDisk below(1);
  DiskOfSpaces disk(below);
  disk.spaces = {{"/meta", {100, 50, 1}}, {"/a", {1000, 400, 2}}, {"/b", {1000, 400, 3}}};
  runtime::InlinePool metadata_pool;
  HeldPool data_pool;
  SpaceMeter meter({.disk = disk,
                    .metadata_pool = metadata_pool,
                    .data_pool = data_pool,
                    .metadata_dir = "/meta",
                    .data_dirs = {"/a", "/b"}});
  runtime::ManualLoop loop;
  const auto measure = [&] { return loop.run_until_done(meter.measure()); };
  const auto answer_first = [&] {
    runtime::Job job = std::move(data_pool.jobs.front());
    data_pool.jobs.pop_front();
    job();
  };
  // Neither has answered yet.
  EXPECT_FALSE(measure().data);
  EXPECT_EQ(data_pool.jobs.size(), 2u);
  answer_first();
  for (int i = 0; i < 20; ++i) {
    disk.spaces["/meta"].available_bytes = static_cast<uint64_t>(i);
    const NodeSpace space = measure();
    ASSERT_TRUE(space.data && space.metadata);
    EXPECT_EQ(space.data->available_bytes, 400u) << "of /a";
    EXPECT_EQ(space.metadata->available_bytes, static_cast<uint64_t>(i)) << "asked each time";
  }
  EXPECT_EQ(data_pool.jobs.size(), 2u) << "/b, and /a once more";
  disk.spaces["/b"].available_bytes = 300;
  answer_first();
  answer_first();
  EXPECT_EQ(measure().data->available_bytes, 700u);
}

}  // namespace
}  // namespace garage::admin

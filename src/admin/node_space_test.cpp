#include "admin/node_space.hpp"

#include <gtest/gtest.h>

#include <map>

#include "block/testing/forwarding_disk.hpp"
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
  NodeFacts facts;
  facts.metadata_dir = "/meta";
  facts.data_dirs = {"/a", "/b", "/b2"};
  const NodeSpace space = measure_space_now(disk, facts);
  ASSERT_TRUE(space.data && space.metadata);
  EXPECT_EQ(space.data->total_bytes, 2000u);
  EXPECT_EQ(space.data->available_bytes, 800u);
  EXPECT_EQ(space.metadata->total_bytes, 100u);
}

}  // namespace
}  // namespace garage::admin

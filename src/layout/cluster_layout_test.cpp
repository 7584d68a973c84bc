#include "layout/cluster_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace garage::layout {
namespace {

NodeId node(unsigned char first) {
  NodeId id;
  id.bytes[0] = first;
  return id;
}

Role storage(uint64_t capacity, std::string zone = "dc1") {
  return {.zone = std::move(zone), .capacity_bytes = capacity, .tags = {}};
}

ClusterLayout one_node(uint64_t capacity) {
  ClusterLayout layout;
  EXPECT_TRUE(stage_role(layout, node(1), storage(capacity)));
  return apply_staged(layout).value();
}

TEST(Staging, AppliesAsTheNextVersion) {
  ClusterLayout layout;
  ASSERT_TRUE(stage_role(layout, node(1), storage(1'000'000)));
  EXPECT_TRUE(layout.roles.empty());
  const ClusterLayout next = apply_staged(layout).value();
  EXPECT_EQ(next.version, 1u);
  EXPECT_TRUE(next.staged.empty());
  EXPECT_EQ(next.roles.at(node(1)), storage(1'000'000));
  EXPECT_EQ(next.usable_bytes(node(1)), 2048u * 488u);
  EXPECT_EQ(next.usable_bytes(node(2)), 0u);
  EXPECT_EQ(layout.version, 0u);
}

TEST(Staging, AChangeBackIsNoChange) {
  ClusterLayout layout = one_node(5000);
  ASSERT_TRUE(stage_role(layout, node(1), storage(6000)));
  EXPECT_FALSE(layout.staged.empty());
  ASSERT_TRUE(stage_role(layout, node(1), storage(5000)));
  EXPECT_TRUE(layout.staged.empty());
  ASSERT_TRUE(stage_role(layout, node(9), std::nullopt));  // leaves, but was never there
  EXPECT_TRUE(layout.staged.empty());
  EXPECT_EQ(apply_staged(layout).error().kind, ErrorKind::kInvalid);
}

TEST(Staging, RefusesWhatMakesNoSense) {
  ClusterLayout layout = one_node(5000);
  EXPECT_FALSE(stage_role(layout, node(1), storage(1023)));
  EXPECT_FALSE(stage_role(layout, node(1), storage(5000, "")));
  EXPECT_FALSE(stage_redundancy(layout, {2}));
  EXPECT_FALSE(stage_redundancy(layout, {0}));
  EXPECT_TRUE(stage_redundancy(layout, {1}));
  ASSERT_TRUE(stage_role(layout, node(1), std::nullopt));
  EXPECT_FALSE(apply_staged(layout));  // no storage node would be left
  revert_staged(layout);
  EXPECT_TRUE(layout.staged.empty());
}

TEST(Encoding, RoundTrip) {
  ClusterLayout layout = one_node(1'000'000);
  layout.roles[node(2)] = {"dc2", std::nullopt, {"edge", "ssd"}};
  layout.redundancy.at_least = 1;
  ASSERT_TRUE(stage_role(layout, node(3), storage(7777, "dc3")));
  ASSERT_TRUE(stage_role(layout, node(1), std::nullopt));
  layout.staged.redundancy = ZoneRedundancy{};
  layout.unknown.push_back({77, "of the future"});
  EXPECT_EQ(decode_cluster_layout(encode_cluster_layout(layout)).value(), layout);
  EXPECT_EQ(decode_cluster_layout(encode_cluster_layout({})).value(), ClusterLayout{});
}

TEST(Encoding, EveryDamageIsFound) {
  const std::string good = encode_cluster_layout(one_node(1'000'000));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(decode_cluster_layout(bad)) << i;
    EXPECT_FALSE(decode_cluster_layout(good.substr(0, i))) << i;
  }
}

// A file of format 1 as the first release wrote it, of one storage node and without places.
constexpr std::string_view kFirstFormat =
    "0101010302010103028010040101053701200100000000000000000000000000000000000000000000000000000000000000"
    "02036463310303c0843d04037373640404666173740527012002000000000000000000000000000000000000000000000000"
    "0000000000000002036463310602e80307260120010000000000000000000000000000000000000000000000000000000000"
    "000002028010082c012001000000000000000000000000000000000000000000000000000000000000000203646332030380"
    "897a0825012002000000000000000000000000000000000000000000000000000000000000000501010901008c575c21";

TEST(Encoding, TheFirstFormatStaysReadable) {
  const auto read = decode_cluster_layout(from_hex(kFirstFormat).value());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->version, 3u);
  EXPECT_EQ(read->roles.at(node(1)), (Role{"dc1", 1'000'000, {"ssd", "fast"}}));
  EXPECT_EQ(read->roles.at(node(2)), (Role{"dc1", std::nullopt, {}}));
  EXPECT_EQ(read->redundancy.at_least, 1u);
  EXPECT_EQ(read->assignment.partition_bytes, 488u);
  EXPECT_EQ(read->assignment.replicas_of(2047), std::vector{node(1)});
  EXPECT_EQ(read->staged.roles.at(node(1)), (Role{"dc2", 2'000'000, {}}));
  EXPECT_EQ(read->staged.roles.at(node(2)), std::nullopt);
  EXPECT_EQ(read->staged.redundancy, ZoneRedundancy{});
}

TEST(Describe, TellsPeopleWhatHappens) {
  ClusterLayout before;
  ASSERT_TRUE(stage_role(before, node(1), Role{"dc1", 100'000'000'000, {"ssd"}}));
  const auto lines = describe_change(before, apply_staged(before).value());
  const std::vector<std::string> wanted = {
      "==== COMPUTATION OF A NEW PARTITION ASSIGNATION ====",
      "",
      "Partitions are replicated 1 times on at least 1 distinct zones.",
      "",
      "Optimal partition size:                     46.6 MiB",
      "Usable capacity / total cluster capacity:   93.1 GiB / 93.1 GiB (100.0 %)",
      "Effective capacity (replication factor 1):  93.1 GiB",
      "",
      "dc1                 Tags   Partitions          Capacity  Usable capacity",
      "  0100000000000000  [ssd]  2048 (2048 new)     93.1 GiB  93.1 GiB (100.0%)",
      "  TOTAL                    2048 (2048 unique)  93.1 GiB  93.1 GiB (100.0%)",
  };
  EXPECT_EQ(lines, wanted);
}

}  // namespace
}  // namespace garage::layout

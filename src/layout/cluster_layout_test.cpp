#include "layout/cluster_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "layout/history.hpp"
#include "layout/testing/some_layouts.hpp"

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

History one_node(uint64_t capacity) {
  History history;
  EXPECT_TRUE(stage_role(history, node(1), storage(capacity)));
  EXPECT_TRUE(apply_staged(history, 1));
  return history;
}

bool nothing_staged(const History& history) {
  return current_layout(history).staged.empty();
}

TEST(Staging, AppliesAsTheNextVersion) {
  History history;
  ASSERT_TRUE(stage_role(history, node(1), storage(1'000'000)));
  EXPECT_TRUE(current_layout(history).roles.empty());
  const LayoutVersion preview = next_version(current_layout(history)).value();
  EXPECT_EQ(current_layout(history).version, 0u);
  ASSERT_TRUE(apply_staged(history, 1));
  const ClusterLayout next = current_layout(history);
  EXPECT_EQ(static_cast<const LayoutVersion&>(next), preview);
  EXPECT_EQ(next.version, 1u);
  EXPECT_TRUE(next.staged.empty());
  EXPECT_EQ(next.roles.at(node(1)), storage(1'000'000));
  EXPECT_EQ(next.usable_bytes(node(1)), 2048u * 488u);
  EXPECT_EQ(next.usable_bytes(node(2)), 0u);
}

TEST(Staging, EachVersionNamesTheOneBefore) {
  History history = one_node(5000);
  ASSERT_TRUE(stage_role(history, node(1), storage(6000)));
  ASSERT_TRUE(apply_staged(history, 2));
  EXPECT_EQ(history.find(2)->layout->predecessor, history.find(1)->hash);
  EXPECT_TRUE(history.find(1)->layout->predecessor.is_zero());
  EXPECT_NE(history.find(1)->hash, history.find(2)->hash);
}

TEST(Staging, OnlyTheNextNumberIsApplied) {
  History history = one_node(5000);
  ASSERT_TRUE(stage_role(history, node(1), storage(6000)));
  for (const uint64_t wrong : {0, 1, 3}) {
    EXPECT_THAT(apply_staged(history, wrong).error().message,
                ::testing::HasSubstr("Invalid new layout version: the current version is 1, so the next one is 2"));
  }
  EXPECT_FALSE(nothing_staged(history));
}

TEST(Staging, AChangeBackIsNoChange) {
  History history = one_node(5000);
  ASSERT_TRUE(stage_role(history, node(1), storage(6000)));
  EXPECT_FALSE(nothing_staged(history));
  ASSERT_TRUE(stage_role(history, node(1), storage(5000)));
  EXPECT_TRUE(nothing_staged(history));
  ASSERT_TRUE(stage_role(history, node(9), std::nullopt));  // leaves, but was never there
  EXPECT_TRUE(nothing_staged(history));
  ASSERT_TRUE(stage_redundancy(history, {1}));
  EXPECT_FALSE(nothing_staged(history));
  ASSERT_TRUE(stage_redundancy(history, {}));
  EXPECT_TRUE(nothing_staged(history));
  EXPECT_EQ(apply_staged(history, 2).error().kind, ErrorKind::kInvalid);
}

TEST(Staging, RefusesWhatMakesNoSense) {
  History history = one_node(5000);
  EXPECT_FALSE(stage_role(history, node(1), storage(1023)));
  EXPECT_FALSE(stage_role(history, node(1), storage(kCapacityBytesMax + 1)));
  EXPECT_FALSE(stage_role(history, node(1), storage(5000, "")));
  EXPECT_FALSE(stage_role(history, node(1), storage(5000, std::string(300, 'z'))));
  EXPECT_FALSE(stage_redundancy(history, {2}));
  EXPECT_FALSE(stage_redundancy(history, {0}));
  EXPECT_TRUE(nothing_staged(history));
  ASSERT_TRUE(stage_role(history, node(1), std::nullopt));
  EXPECT_FALSE(apply_staged(history, 2));  // no storage node would be left
  revert_staged(history);
  EXPECT_TRUE(nothing_staged(history));
  ASSERT_TRUE(revoke(history, {node(7)}));
  EXPECT_THAT(stage_role(history, node(7), storage(5000)).error().message, ::testing::HasSubstr("was revoked"));
}

TEST(Staging, ANodeThatWasRevokedMustGiveWayInTheNextVersion) {
  History history = testing::small_history(3, {1, 2, 3});
  ASSERT_TRUE(revoke(history, {node(3)}));
  ASSERT_TRUE(stage_role(history, node(4), storage(4096)));
  const auto refused = apply_staged(history, 2);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("layout assign NEW --replace 0300000000000000"));
  EXPECT_EQ(history.newest(), 1u);
  ASSERT_TRUE(stage_role(history, node(3), std::nullopt));
  EXPECT_TRUE(apply_staged(history, 2));
}

TEST(Encoding, RoundTrip) {
  History history = one_node(1'000'000);
  ASSERT_TRUE(stage_role(history, node(2), Role{"dc2", std::nullopt, {"edge", "ssd"}}));
  ASSERT_TRUE(apply_staged(history, 2));
  ASSERT_TRUE(stage_role(history, node(3), storage(7777, "dc3")));
  ASSERT_TRUE(stage_role(history, node(1), std::nullopt));
  ASSERT_TRUE(stage_redundancy(history, {1}));
  ASSERT_TRUE(revoke(history, {node(9), node(8)}));
  history.revoked[node(8)] = 0;
  history.loss_accepted = 2;
  history.trackers[node(1)] = {
      .seen = 2, .seen_turn = 1, .seen_hash = history.find(2)->hash, .ack = 2, .sync = 1, .sync_ack = 1};
  LayoutVersion future = *history.find(2)->layout;
  future.unknown.push_back({77, "of the future"});
  history.versions[2] = {std::make_shared<const LayoutVersion>(future), hash_of(future)};
  const History read = decode_history(encode_history(history)).value();
  EXPECT_TRUE(read == history);
  EXPECT_EQ(*read.find(2)->layout, future);
  EXPECT_EQ(digest_of(read), digest_of(history));
  EXPECT_TRUE(decode_history(encode_history({})).value() == History{});
}

TEST(Encoding, EveryDamageIsFound) {
  const std::string good = encode_history(one_node(1'000'000));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(decode_history(bad)) << i;
    if (i % 16 == 0) EXPECT_FALSE(decode_history(good.substr(0, i))) << i;
  }
}

TEST(Encoding, VersionsMustFollowEachOther) {
  History history = one_node(1'000'000);
  LayoutVersion stray = *history.find(1)->layout;
  stray.version = 2;
  history.versions[2] = {std::make_shared<const LayoutVersion>(stray), hash_of(stray)};
  EXPECT_EQ(decode_history(encode_history(history)).error().kind, ErrorKind::kCorrupt);
  history.versions.erase(2);
  history.settled = 5;
  EXPECT_EQ(decode_history(encode_history(history)).error().kind, ErrorKind::kCorrupt);
}

TEST(Encoding, NobodyIsFurtherThanTheVersions) {
  for (uint64_t Tracker::* number : {&Tracker::seen, &Tracker::ack, &Tracker::sync, &Tracker::sync_ack}) {
    History history = one_node(1'000'000);
    history.trackers[node(1)].*number = 1;
    EXPECT_TRUE(check_usable(history, kPartitionCount));
    history.trackers[node(1)].*number = 2;
    EXPECT_EQ(check_usable(history, kPartitionCount).error().kind, ErrorKind::kCorrupt);
  }
}

TEST(Encoding, OtherPartitionsAreOfAnotherProgram) {
  const History history = testing::small_history(1, {1});
  EXPECT_TRUE(check_usable(history, 16));
  EXPECT_EQ(check_usable(history, kPartitionCount).error().kind, ErrorKind::kUnsupported);
}

TEST(Encoding, PlacesMustFit) {
  const auto decoded = [](auto&& change) {
    History history = one_node(1'000'000);
    LayoutVersion version = *history.find(1)->layout;
    change(version);
    history.versions[1] = {std::make_shared<const LayoutVersion>(version), hash_of(version)};
    return decode_history(encode_history(history));
  };
  EXPECT_TRUE(decoded([](LayoutVersion&) {}));
  EXPECT_FALSE(decoded([](LayoutVersion& version) { version.assignment.places[7] = 1; }));
  EXPECT_FALSE(decoded([](LayoutVersion& version) { version.assignment.places.pop_back(); }));
  EXPECT_FALSE(decoded([](LayoutVersion& version) { version.assignment.partitions[node(1)] = 2047; }));
  EXPECT_FALSE(decoded([](LayoutVersion& version) { version.replication_factor = 2; }));
}

// A file of format 1 as the first release wrote it, of one storage node and without places.
constexpr std::string_view kFirstFormat =
    "0101010302010103028010040101053701200100000000000000000000000000000000000000000000000000000000000000"
    "02036463310303c0843d04037373640404666173740527012002000000000000000000000000000000000000000000000000"
    "0000000000000002036463310602e80307260120010000000000000000000000000000000000000000000000000000000000"
    "000002028010082c012001000000000000000000000000000000000000000000000000000000000000000203646332030380"
    "897a0825012002000000000000000000000000000000000000000000000000000000000000000501010901008c575c21";

TEST(Encoding, TheFirstFormatStaysReadable) {
  const auto history = decode_history(from_hex(kFirstFormat).value());
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->settled, 3u);
  EXPECT_EQ(history->origin, history->find(3)->hash);
  const ClusterLayout read = current_layout(*history);
  EXPECT_EQ(read.version, 3u);
  EXPECT_EQ(read.roles.at(node(1)), (Role{"dc1", 1'000'000, {"ssd", "fast"}}));
  EXPECT_EQ(read.roles.at(node(2)), (Role{"dc1", std::nullopt, {}}));
  EXPECT_EQ(read.redundancy.at_least, 1u);
  EXPECT_EQ(read.assignment.partition_bytes, 488u);
  EXPECT_EQ(read.assignment.replicas_of(2047), std::vector{node(1)});
  EXPECT_EQ(read.staged.roles.at(node(1)), (Role{"dc2", 2'000'000, {}}));
  EXPECT_EQ(read.staged.roles.at(node(2)), std::nullopt);
  EXPECT_EQ(read.staged.redundancy, ZoneRedundancy{});
  EXPECT_TRUE(decode_history(encode_history(*history)).value() == *history);
}

// A history of format 2, and of format 3: two nodes, one of which is to leave for a third, while a change is on its
// way, and another one that was revoked.
constexpr std::string_view kSecondFormat =
    "020101020201010320bd1131086c414e024dab322bd5533e712ad1b352281cf7cc1b4da285b7333ea104fc01010101020102"
    "030110040100052b012001000000000000000000000000000000000000000000000000000000000000000203646331030280"
    "20052b0120020000000000000000000000000000000000000000000000000000000000000002036463310302802006028002"
    "0725012001000000000000000000000000000000000000000000000000000000000000000201100725012002000000000000"
    "000000000000000000000000000000000000000000000000000201100a200001010000010100000101000001010000010100"
    "0001010000010100000101000b20000000000000000000000000000000000000000000000000000000000000000005010006"
    "2d01010202010103250120010000000000000000000000000000000000000000000000000000000000000005010106340101"
    "01020101032c0120030000000000000000000000000000000000000000000000000000000000000002017a03028020040174"
    "0709010103020101030101085301200200000000000000000000000000000000000000000000000000000000000000020102"
    "0301010420bd1131086c414e024dab322bd5533e712ad1b352281cf7cc1b4da285b7333ea105010206010007010009200900"
    "0000000000000000000000000000000000000000000000000000000000000a0100c1b72ad4";

constexpr std::string_view kThirdFormat =
    "030101020201010320bd1131086c414e024dab322bd5533e712ad1b352281cf7cc1b4da285b7333ea104fc01010101020102"
    "030110040100052b012001000000000000000000000000000000000000000000000000000000000000000203646331030280"
    "20052b0120020000000000000000000000000000000000000000000000000000000000000002036463310302802006028002"
    "0725012001000000000000000000000000000000000000000000000000000000000000000201100725012002000000000000"
    "000000000000000000000000000000000000000000000000000201100a200001010000010100000101000001010000010100"
    "0001010000010100000101000b20000000000000000000000000000000000000000000000000000000000000000005010006"
    "2d01010202010103250120010000000000000000000000000000000000000000000000000000000000000005010106340101"
    "01020101032c0120030000000000000000000000000000000000000000000000000000000000000002017a03028020040174"
    "0709010103020101030101085301200200000000000000000000000000000000000000000000000000000000000000020102"
    "0301010420bd1131086c414e024dab322bd5533e712ad1b352281cf7cc1b4da285b7333ea10501020601000701000b250120"
    "09000000000000000000000000000000000000000000000000000000000000000201010a01000ec676e5";

History two_nodes_and_a_change() {
  History history = testing::small_history(2, {1, 2});
  EXPECT_TRUE(stage_role(history, node(3), Role{"z", 4096, {"t"}}));
  EXPECT_TRUE(stage_role(history, node(1), std::nullopt));
  EXPECT_TRUE(stage_redundancy(history, {1}));
  EXPECT_TRUE(revoke(history, {node(9)}));
  history.trackers[node(2)] = {.seen = 2, .seen_turn = 1, .seen_hash = history.origin, .ack = 2};
  return history;
}

TEST(Encoding, TheSecondFormatIsRead) {
  History history = two_nodes_and_a_change();
  history.revoked[node(9)] = UINT64_MAX;  // it does not say since when
  EXPECT_TRUE(decode_history(from_hex(kSecondFormat).value()).value() == history);
}

TEST(Encoding, TheThirdFormatStaysAsItIs) {
  History history = two_nodes_and_a_change();
  EXPECT_TRUE(decode_history(from_hex(kThirdFormat).value()).value() == history);
  EXPECT_EQ(to_hex(encode_history(history)), kThirdFormat);
  history.revoked.clear();
  EXPECT_EQ(encode_history(history).front(), 2) << "older programs understand it";
}

TEST(Describe, TellsPeopleWhatHappens) {
  History before;
  ASSERT_TRUE(stage_role(before, node(1), Role{"dc1", 100'000'000'000, {"ssd"}}));
  const auto lines = describe_change(current_layout(before), next_version(current_layout(before)).value());
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

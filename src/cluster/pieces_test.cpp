// The parts of a mesh that are values.
#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "cluster/cluster_view.hpp"
#include "cluster/messages.hpp"
#include "cluster/peer_list.hpp"
#include "cluster/peer_name.hpp"
#include "cluster/session.hpp"

namespace garage::cluster {
namespace {

NodeId id_of(unsigned char byte) {
  NodeId id;
  id.bytes.fill(byte);
  return id;
}

TEST(PeerName, IsAnIdAndAnAddress) {
  const std::string id(64, 'a');
  const auto name = parse_peer_name(id + "@node.example:3901");
  EXPECT_EQ(name->id, id_of(0xaa));
  EXPECT_EQ(name->address, "node.example:3901");
  EXPECT_EQ(parse_peer_name(id + "@[fc00::1]:3901")->address, "[fc00::1]:3901");
  for (const std::string& wrong :
       {std::string(), id, id + "@", id + "@host", id + "@:3901", id + "@host:0", id + "@host:70000", id + "@host:1x",
        id + "@ho st:1", std::string("a@host:1"), id.substr(1) + "@host:1", id + "@" + std::string(300, 'h') + ":1"}) {
    EXPECT_EQ(parse_peer_name(wrong).error().kind, ErrorKind::kInvalid) << wrong;
  }
}

TEST(ClusterMessages, StatusHasTheseBytes) {
  const NodeStatus status{.report = {.hostname = "h1",
                                     .version = "v0.1.0",
                                     .data = env::Space{.total_bytes = 300, .available_bytes = 5},
                                     .metadata = std::nullopt,
                                     .resync_queue = 7},
                          .clock_ms = 1000,
                          .address = "10.0.0.1:3901",
                          .documents = {{"layout", "dig"}},
                          .peers_digest = "p",
                          .cluster = {}};
  EXPECT_EQ(to_hex(encode_status(status)),
            "01026831"
            "020676302e312e30"
            "0302e807"
            "040d31302e302e302e313a33393031"
            "05070102ac02020105"
            "070107"
            "080d01066c61796f75740203646967"
            "090170");
  const auto again = decode_status(encode_status(status));
  EXPECT_EQ(again->report.hostname, "h1");
  EXPECT_EQ(again->report.version, "v0.1.0");
  EXPECT_EQ(again->report.data->total_bytes, 300u);
  EXPECT_EQ(again->report.data->available_bytes, 5u);
  EXPECT_FALSE(again->report.metadata);
  EXPECT_EQ(again->report.resync_queue, 7u);
  EXPECT_EQ(again->clock_ms, 1000u);
  EXPECT_EQ(again->address, status.address);
  EXPECT_EQ(again->documents, status.documents);
  EXPECT_EQ(again->peers_digest, "p");
  EXPECT_EQ(again->cluster, "");
  NodeStatus member = status;
  member.cluster = "one";
  EXPECT_EQ(to_hex(encode_status(member)), to_hex(encode_status(status)) + "0a036f6e65");
  EXPECT_EQ(decode_status(encode_status(member))->cluster, "one");
}

TEST(ClusterMessages, PeersHaveTheseBytes) {
  const std::vector<KnownPeer> peers{{.id = id_of(0x11), .addresses = {"a:1", "b:2"}}};
  EXPECT_EQ(to_hex(encode_peers(peers)), "012c0120" + std::string(64, '1') + "0203613a310203623a32");
  EXPECT_EQ(decode_peers(encode_peers(peers)).value(), peers);
}

TEST(ClusterMessages, PagesHaveTheseBytes) {
  const PageQuestion question{.document = "settings", .from = "k"};
  EXPECT_EQ(to_hex(encode_page_question(question)), "010873657474696e677302016b");
  EXPECT_EQ(decode_page_question(encode_page_question(question)).value(), question);
  EXPECT_EQ(to_hex(encode_page_question({.document = "s", .from = {}})), "010173");
  const auto page = decode_page(encode_page({.bytes = "rows", .next_from = "m"})).value();
  EXPECT_EQ(page.bytes, "rows");
  EXPECT_EQ(page.next_from, "m");
  EXPECT_EQ(to_hex(encode_page({.bytes = "rows", .next_from = {}})), "0104726f7773");
  EXPECT_EQ(decode_page("\x01\x50").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(decode_page_question("\x01\x50").error().kind, ErrorKind::kCorrupt);
}

TEST(ClusterMessages, DamageAndExcessAreRefusedOrCut) {
  for (const std::string& bytes :
       {std::string("\x01\x50"), std::string("\x01\x02\x02\x00", 4), std::string("\x01\x00", 2)})
    EXPECT_EQ(decode_peers(bytes).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(decode_status("\x03\x50").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(decode_status(std::string("\x05\x02\x01\x00", 4)).error().kind, ErrorKind::kCorrupt);
  std::vector<KnownPeer> many(kPeersMax + 1);
  EXPECT_EQ(decode_peers(encode_peers(many)).error().kind, ErrorKind::kCorrupt);
  KnownPeer peer{.id = id_of(1), .addresses = {"no port", "x:0"}};
  for (int i = 1; i < 30; ++i) peer.addresses.push_back("h:" + std::to_string(i));
  const auto cut = decode_peers(encode_peers({peer}));
  EXPECT_EQ((*cut)[0].addresses.size(), kAddressesPerPeerMax);
  EXPECT_EQ((*cut)[0].addresses[0], "h:1");
  NodeStatus status;
  status.report.hostname = "evil\x1b[2J" + std::string(1000, 'x');
  EXPECT_EQ(decode_status(encode_status(status))->report.hostname.substr(0, 8), "evil?[2J");
  EXPECT_LE(decode_status(encode_status(status))->report.hostname.size(), 255u);
  // A clock beyond all reason is one vote for a far future, and nothing that cannot be reckoned with.
  for (const uint64_t mad : {uint64_t{1} << 62, uint64_t{1} << 63, UINT64_MAX}) {
    status.clock_ms = mad;
    EXPECT_EQ(decode_status(encode_status(status))->clock_ms, 253'402'300'799'999u) << mad;
  }
}

TEST(PeerListFile, IsUnderAChecksum) {
  const std::vector<KnownPeer> peers{{.id = id_of(0x11), .addresses = {"a:1"}}};
  const std::string content = encode_peer_list(peers);
  EXPECT_EQ(decode_peer_list(content).value(), peers);
  for (size_t i = 0; i < content.size(); ++i) {
    std::string damaged = content;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(decode_peer_list(damaged)) << i;
  }
}

TEST(PeerTable, TriesTheBestAddressFirst) {
  PeerTable table(id_of(1));
  EXPECT_FALSE(table.learn(id_of(1), "self:1"));
  EXPECT_TRUE(table.hear(id_of(2), "a:1"));
  EXPECT_FALSE(table.hear(id_of(2), "a:1"));
  EXPECT_TRUE(table.hear(id_of(2), "b:1"));
  EXPECT_TRUE(table.learn(id_of(2), "c:1"));
  EXPECT_FALSE(table.learn(id_of(2), "b:1"));
  EXPECT_EQ(table.find(id_of(2))->addresses, (std::vector<std::string>{"b:1", "c:1", "a:1"}));
  for (int i = 0; i < 20; ++i) (void)table.hear(id_of(2), "h:" + std::to_string(100 + i));
  EXPECT_EQ(table.find(id_of(2))->addresses.size(), kAddressesPerPeerMax);
  EXPECT_TRUE(table.learn(id_of(2), "new:1"));
  EXPECT_EQ(table.find(id_of(2))->addresses.size(), kAddressesPerPeerMax);
  EXPECT_EQ(table.find(id_of(2))->addresses[0], "new:1");
}

class StillClock final : public runtime::Clock {
 public:
  WallTime wall_now() override { return {1}; }
  MonotonicTime monotonic_now() override { return {}; }
};

TEST(PeerTable, WhoIsOnlySupposedIsNotKeptAndSoonForgotten) {
  PeerTable table(id_of(1));
  EXPECT_TRUE(table.suppose(id_of(2), "a:1", true));
  EXPECT_TRUE(table.suppose(id_of(3), "b:1", true));
  (void)table.hear(id_of(3), "c:1");  // of one that others are connected to
  ASSERT_EQ(table.known().size(), 1u);
  EXPECT_EQ(table.known()[0].id, id_of(3));
  const MonotonicTime begin{};
  table.forget(nullptr, begin, 24h);
  table.forget(nullptr, begin + 5min, 24h);
  EXPECT_EQ(table.find(id_of(2))->addresses.size(), 1u);
  table.forget(nullptr, begin + 10min, 24h);
  EXPECT_TRUE(table.find(id_of(2))->addresses.empty());
  EXPECT_EQ(table.find(id_of(3))->addresses.size(), 2u);
}

TEST(PeerTable, ForgetsWhomNobodyNeeds) {
  PeerTable table(id_of(1));
  (void)table.hear(id_of(2), "a:1");
  (void)table.hear(id_of(3), "b:1");
  table.configure(id_of(4), "c:1");
  const auto has_role = [](const NodeId& node) { return node == id_of(3); };
  EXPECT_EQ(table.members(has_role), 1u);
  const MonotonicTime begin{};
  table.forget(has_role, begin, 10s);
  table.forget(has_role, begin + 9s, 10s);
  EXPECT_EQ(table.known().size(), 2u);
  table.forget(has_role, begin + 10s, 10s);
  ASSERT_EQ(table.known().size(), 1u);
  EXPECT_EQ(table.known()[0].id, id_of(3));
  // Nobody shows it any more; one that people have named stays, and so does one that is heard of again.
  StillClock still;
  ClusterClock clock{still};
  EXPECT_EQ(make_view(table, clock, begin, 1s).find(id_of(2)), nullptr);
  EXPECT_NE(make_view(table, clock, begin, 1s).find(id_of(4)), nullptr);
  (void)table.hear(id_of(2), "a:1");
  table.forget(has_role, begin + 30s, 10s);
  EXPECT_EQ(table.known().size(), 2u);
}

TEST(ClusterView, NearestFirst) {
  ClusterView view;
  view.peers = {{.id = id_of(2), .up = true, .service_time = 9ms},
                {.id = id_of(3), .up = true, .service_time = 1ms},
                {.id = id_of(4), .up = true, .suspected = true, .service_time = 1us},
                {.id = id_of(5), .up = false}};
  const std::vector<NodeId> given{id_of(6), id_of(5), id_of(4), id_of(2), id_of(1), id_of(3)};
  const std::vector<NodeId> expected{id_of(1), id_of(3), id_of(2), id_of(4), id_of(6), id_of(5)};
  EXPECT_EQ(nearest_first(view, id_of(1), given), expected);
}

TEST(PingOptions, GrowRareWithTheCluster) {
  const PingOptions wanted;
  EXPECT_EQ(ping_options(wanted, 2, true).interval, 500ms);
  EXPECT_EQ(ping_options(wanted, 49, true).interval, 500ms);
  EXPECT_EQ(ping_options(wanted, 50, true).interval, 1s);
  EXPECT_EQ(ping_options(wanted, 100, true).interval, 2s);
  EXPECT_EQ(ping_options(wanted, 100, true).suspect_after, 3s);
  EXPECT_EQ(ping_options(wanted, 1000, true).interval, 3s);
  EXPECT_EQ(ping_options(wanted, 1000, true).suspect_after, 4s);
  EXPECT_EQ(ping_options(wanted, 1000, true).timeout, 10s);
  EXPECT_LT(ping_options(wanted, 2, false).interval * 3, 11s);
  EXPECT_EQ(ping_options({.timeout = 2100ms}, 1000, true).interval, 700ms);
  // A short timeout has its three pings as well.
  for (const bool decides : {true, false}) EXPECT_EQ(ping_options({.timeout = 300ms}, 2, decides).interval, 100ms);
  EXPECT_EQ(ping_options({.timeout = 1ms}, 2, true).timeout, kShortestPingTimeout);
}

}  // namespace
}  // namespace garage::cluster

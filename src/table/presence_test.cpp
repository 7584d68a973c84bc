#include "table/presence.hpp"

#include <gtest/gtest.h>

#include "codec/tlv.hpp"
#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::id_of;
using testing::key_of;
using testing::TestCluster;

struct Fixture : TestCluster {
  Fixture() : TestCluster(4) {
    for (auto& node : nodes) node->parts.schema.with_companions = true;
  }
  Row put_with_body(const std::string& key) {
    Write write = nodes[0]->parts.blind(key, "value");
    write.companions = {{kv::Family::kInline, std::string(write.uuid.view()), "body"}};
    EXPECT_TRUE(run(nodes[0]->quorum.write(std::move(write))));
    loop.advance(1s);
    return *stored(0, key);
  }
  Result<std::vector<Presence>> ask(size_t of, std::vector<VersionedKey> rows, uint64_t stage = 1) {
    return run(ask_presence(nodes[3]->caller, id_of(of), {kv::Family::kObject, stage, std::move(rows)}));
  }
  Presence ask_one(size_t of, const std::string& key, Ord ord, uint64_t stage = 1) {
    const auto told = ask(of, {{key, ord}}, stage);
    return told ? told->front() : Presence::kUnsaid;
  }
};

TEST(Presence, IsOfThisVeryRowWithAllThatBelongsBesideIt) {
  Fixture cluster;
  const std::string key = key_of(1);
  const Row row = cluster.put_with_body(key);
  const Ord below{row.ord.hybrid_ms - 1, row.ord.tie}, above{row.ord.hybrid_ms + 1, row.ord.tie};
  EXPECT_EQ(cluster.ask_one(1, key, row.ord), Presence::kAll);
  EXPECT_EQ(cluster.ask_one(1, key, below), Presence::kNewer);
  EXPECT_EQ(cluster.ask_one(1, key, above), Presence::kNothing);
  EXPECT_EQ(cluster.ask_one(1, key_of(2), row.ord), Presence::kNothing);
  for (auto& node : cluster.nodes) node->parts.schema.pages = 2;  // behind the body, and nobody has them
  EXPECT_EQ(cluster.ask_one(1, key, row.ord), Presence::kRow);
}

TEST(Presence, IsNotSaidAtAnotherStageOrOfWhatCannotBeRead) {
  Fixture cluster;
  const std::string key = key_of(1);
  const Row row = cluster.put_with_body(key);
  EXPECT_EQ(cluster.ask_one(1, key, row.ord, 0), Presence::kUnsaid);
  EXPECT_EQ(cluster.ask_one(1, key, row.ord, 2), Presence::kUnsaid);
  kv::Batch damage;
  damage.put(kv::Family::kObject, key, "damaged");
  ASSERT_TRUE(cluster.nodes[1]->parts.store.write(damage, kv::Durability::kSynced));
  EXPECT_EQ(cluster.ask_one(1, key, row.ord), Presence::kUnsaid);
}

// Where a node answers before its disk has the row.
TEST(Presence, WhatIsSaidToBeThereIsOnTheDevice) {
  Fixture cluster;
  const std::string key = key_of(1);
  const Row row = cluster.put_with_body(key);
  auto& store = cluster.nodes[3]->parts.store;
  kv::Batch batch;
  batch.put(kv::Family::kObject, key, encode_row(key, row));
  batch.put(kv::Family::kInline, std::string(row.uuid.view()), "body");
  ASSERT_TRUE(store.write(batch, kv::Durability::kRelaxed));
  store.fail_next_writes(ErrorKind::kIo, 1);
  EXPECT_FALSE(cluster.ask(3, {{key, row.ord}})) << "the device does not take it";
  EXPECT_EQ(cluster.ask_one(3, key, row.ord), Presence::kAll);
  store.crash();
  EXPECT_EQ(cluster.ask_one(3, key, row.ord), Presence::kAll);
}

TEST(Presence, IsAskedAgainForWhatOneAnswerDoesNotCover) {
  Fixture cluster;
  std::vector<VersionedKey> rows;
  for (uint64_t n = 0; n < 4; ++n) rows.push_back({key_of(n), cluster.put_with_body(key_of(n)).ord});
  constexpr size_t kPages = 15'000;  // two rows of them are more than one answer looks at
  for (auto& node : cluster.nodes) node->parts.schema.pages = kPages;
  kv::Batch pages;
  for (const auto& row : rows) {
    const std::string body(cluster.stored(1, row.key)->uuid.view());
    for (size_t i = 0; i < kPages; ++i) pages.put(kv::Family::kManifest, body + std::to_string(i), "");
  }
  ASSERT_TRUE(cluster.nodes[1]->parts.store.write(pages, kv::Durability::kSynced));
  cluster.nodes[3]->caller.messages = 0;
  EXPECT_EQ(cluster.ask(1, rows), std::vector<Presence>(4, Presence::kAll));
  EXPECT_EQ(cluster.nodes[3]->caller.messages, 2);
}

TEST(Presence, MessagesTravelAndBadOnesAreRefused) {
  PresenceRequest request{kv::Family::kUpload, 7, {{"a", {1, 2}}, {"b", {3, 4}}}};
  const std::string encoded = encode_presence_request(request);
  const auto decoded = decode_presence_request(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->family, request.family);
  EXPECT_EQ(decoded->stage, 7u);
  ASSERT_EQ(decoded->rows.size(), 2u);
  EXPECT_EQ(decoded->rows[1].key, "b");
  EXPECT_EQ(decoded->rows[1].version, (Ord{3, 4}));
  for (size_t length = 0; length < encoded.size(); ++length) {
    const auto cut = decode_presence_request(encoded.substr(0, length));
    if (cut) EXPECT_LT(cut->rows.size(), 2u);
  }
  request.rows.assign(kPresenceRowsMax + 1, {"a", {1, 2}});
  EXPECT_FALSE(decode_presence_request(encode_presence_request(request)));
  request.rows.assign(2, {"a", {1, 2}});
  EXPECT_FALSE(decode_presence_answer(request, ""));
  EXPECT_FALSE(decode_presence_answer(request, encode_presence_answer(std::vector(3, Presence::kAll))));
  auto newer = codec::TlvWriter::nested();
  newer.bytes(1, "\x63\x03");
  EXPECT_EQ(decode_presence_answer(request, newer.body()), (std::vector{Presence::kUnsaid, Presence::kAll}));
}

}  // namespace
}  // namespace garage::table

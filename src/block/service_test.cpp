// What a node answers when others ask it about blocks.
#include "block/service.hpp"

#include <gtest/gtest.h>

#include "block/queue_rows.hpp"
#include "block/testing/one_bad_disk.hpp"
#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

struct ServiceTest : ::testing::Test {
  explicit ServiceTest(bool relaxed = false)
      : node(machine, relaxed ? kv::Durability::kRelaxed : kv::Durability::kSynced) {
    options.sync = !relaxed;
    start();
  }
  void start() {
    node.must_open(options);
    holder = std::make_unique<Holder>(node.env(), machine.store, node.commits, *node.blocks);
    service = std::make_unique<Service>(*holder);
  }
  // After a kill.
  void restart(bool sync) {
    holder.reset();
    node.blocks.reset();
    options.sync = sync;
    start();
  }
  ~ServiceTest() override {
    holder.reset();
    node.shut_down();
  }

  Result<std::string> ask(std::string_view operation, std::string payload) {
    return node.loop.run_until_done(service->answer(std::string(operation), std::move(payload)));
  }
  Result<std::string> put(const std::string& bytes, Uuid of, std::optional<Reference> reference = {}) {
    return ask(kPutOperation, encode_put({hash_of(bytes), of, Buffer(bytes), std::move(reference)}));
  }
  // The blocks that were not referenced.
  std::vector<BlockHash> refer(Uuid of, std::vector<std::string> all, ReferMode mode = ReferMode::kClaim,
                               Ord ceiling = {1000, 0}) {
    ReferMessage message{of, {.ceiling = ceiling, .backlink = "row", .upload = {}}, mode, {}};
    for (const auto& bytes : all) message.hashes.push_back(hash_of(bytes));
    return decode_hashes(ask(kReferOperation, encode_refer(message)).value()).value();
  }
  Result<std::string> drop(Uuid of, const std::string& bytes, Ord judged) {
    return ask(kDropOperation, encode_drop({of, judged, {hash_of(bytes)}}));
  }
  bool has_reference(const std::string& bytes, Uuid of) {
    return machine.store.get(kv::Family::kBlockRef, reference_key(hash_of(bytes), of)).value().has_value();
  }
  size_t queued(std::string_view queue) {
    size_t count = 0;
    auto rows = machine.store.iterate(kv::Family::kQueue, {});
    for (rows->seek(queue); rows->valid() && rows->key().starts_with(queue); rows->next()) ++count;
    return count;
  }

  Machine machine;
  BlockOptions options = small_options();
  TestNode node;
  std::unique_ptr<Holder> holder;
  std::unique_ptr<Service> service;
};

TEST_F(ServiceTest, WhatWasPutIsReferencedAndRead) {
  const std::string one = noise(1, 5000), two = noise(2, 9000);
  ASSERT_OK(put(one, owner(1)));
  ASSERT_OK(put(two, owner(1)));
  EXPECT_FALSE(node.has_row(hash_of(one)));
  EXPECT_EQ(holder->pending(), 2u);
  EXPECT_TRUE(refer(owner(1), {one, two}).empty());
  EXPECT_EQ(holder->pending(), 0u);
  EXPECT_TRUE(node.has_row(hash_of(one)) && has_reference(two, owner(1)));
  EXPECT_EQ(queued(kLeaseQueue), 1u);

  const ReadMessage question{hash_of(two), 4000, 100};
  const auto answer = ask(kReadOperation, encode_read(question)).value();
  EXPECT_EQ(decode_bytes(question, Buffer(answer)).value().view(), two.substr(4000, 100));
  EXPECT_FALSE(decode_bytes({hash_of(one), 4000, 100}, Buffer(answer))) << "an answer belongs to its question";
}

// Of what one owner has put, the part on the disk that failed is missing; the rest is as good as ever.
TEST(OneBadDisk, HoldersReferWhatIsOnTheOthers) {
  Machine machine;
  OneBadDisk disk(machine.disk);
  TestNode node(machine, kv::Durability::kSynced, &disk);
  node.must_open(OneBadDisk::options());
  Holder holder(node.env(), machine.store, node.commits, *node.blocks);
  BlockHold good_hold, bad_hold;
  const std::string good = block_in(node, OneBadDisk::kGood, 5000, good_hold);
  const std::string bad = block_in(node, OneBadDisk::kBad, 5000, bad_hold);
  for (const std::string& bytes : {good, bad}) {
    ASSERT_OK(node.loop.run_until_done(holder.put({hash_of(bytes), owner(1), Buffer(bytes), {}}, true)));
  }
  disk.fails = true;
  const Reference reference{.ceiling = {1000, 0}, .backlink = "row", .upload = {}};
  const auto missing =
      node.loop.run_until_done(holder.refer({owner(1), reference, ReferMode::kClaim, {hash_of(good), hash_of(bad)}}));
  ASSERT_OK(missing);
  EXPECT_EQ(*missing, std::vector{hash_of(bad)});
  EXPECT_EQ(node.read(hash_of(good)), good);
}

TEST_F(ServiceTest, ALateMessageTakesNoLeaseFromOtherBlocks) {
  const std::string one = noise(1, 5000), two = noise(2, 9000);
  EXPECT_EQ(refer(owner(1), {one, two}, ReferMode::kHint).size(), 2u);
  // The first goes and comes again, by a message about it alone: under the same key as before.
  kv::Batch batch;
  batch.remove(kv::Family::kBlockRef, reference_key(hash_of(one), owner(1)));
  ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  refer(owner(1), {one}, ReferMode::kHint);
  ASSERT_EQ(queued(kLeaseQueue), 1u);
  auto rows = machine.store.iterate(kv::Family::kQueue, {});
  rows->seek(kLeaseQueue);
  EXPECT_EQ(decode_lease(rows->key(), rows->value()).value().hashes.size(), 2u);
}

TEST_F(ServiceTest, OneMessageIsEnoughForOneBlock) {
  const std::string bytes = noise(3, 5000);
  ASSERT_OK(put(bytes, owner(1), Reference{.ceiling = {1000, 0}, .backlink = "row", .upload = {}}));
  EXPECT_TRUE(has_reference(bytes, owner(1)));
}

TEST_F(ServiceTest, ForeignBytesAreHashed) {
  const std::string bytes = noise(4, 5000);
  EXPECT_EQ(kind_of(ask(kPutOperation, encode_put({hash_of("other"), owner(1), Buffer(bytes), {}}))),
            ErrorKind::kInvalid);
}

TEST_F(ServiceTest, AReferenceWithoutBytesIsNotAcknowledged) {
  const std::string bytes = noise(5, 5000);
  EXPECT_EQ(refer(owner(1), {bytes}), std::vector{hash_of(bytes)});
  EXPECT_FALSE(has_reference(bytes, owner(1)));
  // But one that is told of later is kept, and its bytes are asked for.
  EXPECT_EQ(refer(owner(1), {bytes}, ReferMode::kHint).size(), 1u);
  EXPECT_TRUE(has_reference(bytes, owner(1)));
  EXPECT_EQ(queued(kFetchQueue), 1u);
  node.loop.run_until_done(holder->restore(hash_of(bytes), Buffer(bytes))).value();
  EXPECT_EQ(node.read(hash_of(bytes)).value(), bytes);
  EXPECT_EQ(queued(kFetchQueue), 0u);
}

TEST_F(ServiceTest, OnlyAReferenceThatIsThereIsRaised) {
  const std::string bytes = noise(6, 5000);
  ASSERT_OK(node.store(bytes, owner(1)));
  EXPECT_EQ(refer(owner(2), {bytes}, ReferMode::kRaise).size(), 1u);
  EXPECT_TRUE(refer(owner(1), {bytes}, ReferMode::kRaise, {5000, 0}).empty());
  // A verdict that knew only the lower ceiling spares it.
  ASSERT_OK(drop(owner(1), bytes, {4999, 0}));
  EXPECT_TRUE(has_reference(bytes, owner(1)));
  ASSERT_OK(drop(owner(1), bytes, {5000, 0}));
  EXPECT_FALSE(has_reference(bytes, owner(1)));
  EXPECT_FALSE(node.has_row(hash_of(bytes)));
}

TEST_F(ServiceTest, ALeaseFarInTheFutureIsRefused) {
  const std::string bytes = noise(7, 5000);
  const Reference reference{.ceiling = {Holder::kLeaseMsMax + 1, 0}, .backlink = "row", .upload = {}};
  EXPECT_EQ(kind_of(put(bytes, owner(1), reference)), ErrorKind::kInvalid);
}

TEST_F(ServiceTest, APowerCutForgetsWhatWasNotReferenced) {
  const std::string kept = noise(8, 5000), lost = noise(9, 5000);
  ASSERT_OK(put(kept, owner(1)));
  EXPECT_TRUE(refer(owner(1), {kept}).empty());
  ASSERT_OK(put(lost, owner(2)));
  machine.power_cut(sim::CutMode::kDropAll);
  TestNode again(machine);
  again.must_open();
  Holder holder_again(again.env(), machine.store, again.commits, *again.blocks);
  EXPECT_EQ(again.read(hash_of(kept)).value(), kept);
  const ReferMessage message{
      owner(2), {.ceiling = {1, 0}, .backlink = "row", .upload = {}}, ReferMode::kClaim, {hash_of(lost)}};
  EXPECT_EQ(again.loop.run_until_done(holder_again.refer(message)).value().size(), 1u);
  again.shut_down();
}

// In the relaxed modes, where an upload is acknowledged before anything is synced.
struct RelaxedServiceTest : ServiceTest {
  RelaxedServiceTest() : ServiceTest(true) {}
  Held held(const std::string& bytes) {
    const auto told = ask(kHoldOperation, encode_named_references({{hash_of(bytes), owner(1), {1000, 0}}}));
    return told ? decode_held(1, *told).value().front() : Held::kNothing;
  }
};

TEST_F(RelaxedServiceTest, WhatIsSaidToBeHeldIsOnTheDevice) {
  const std::string bytes = noise(11, 5000);
  ASSERT_OK(put(bytes, owner(1)));
  EXPECT_TRUE(refer(owner(1), {bytes}).empty());
  machine.store.fail_next_writes(ErrorKind::kIo, 1);
  EXPECT_EQ(held(bytes), Held::kNothing) << "the device does not take the rows";
  EXPECT_EQ(held(bytes), Held::kAll);
  machine.power_cut(sim::CutMode::kDropAll);
  EXPECT_TRUE(has_reference(bytes, owner(1)));
  TestNode again(machine);
  again.must_open();
  EXPECT_TRUE(again.read(hash_of(bytes)) == bytes);
  again.shut_down();
}

// It was killed, and its bytes are with the operating system.
TEST_F(RelaxedServiceTest, WhatAnEarlierProcessLeftUnsyncedIsSyncedFirst) {
  std::vector<std::string> all;
  for (const bool sync_from_now_on : {false, true}) {
    const std::string& bytes = all.emplace_back(noise(13 + all.size(), 5000));
    ASSERT_OK(put(bytes, owner(1)));
    EXPECT_TRUE(refer(owner(1), {bytes}).empty());
    restart(sync_from_now_on);
    EXPECT_EQ(held(bytes), Held::kAll);
    machine.power_cut(sim::CutMode::kDropAll);
    restart(false);
    EXPECT_TRUE(node.read(hash_of(bytes)) == bytes) << sync_from_now_on;
  }
}

TEST_F(RelaxedServiceTest, WhatAFailedSyncMayHaveLostIsNotSaidToBeHeld) {
  const std::string bytes = noise(12, 5000);
  ASSERT_OK(put(bytes, owner(1)));
  EXPECT_TRUE(refer(owner(1), {bytes}).empty());
  machine.disk.fail_change(1, ErrorKind::kIo);
  EXPECT_EQ(held(bytes), Held::kReference);
  EXPECT_EQ(held(bytes), Held::kReference) << "the next sync proves nothing of what the first one lost";
  EXPECT_TRUE(node.read(hash_of(bytes)) == bytes) << "it is still served";
}

TEST_F(ServiceTest, NonsenseIsRefused) {
  EXPECT_EQ(kind_of(ask("block/unheard-of", "")), ErrorKind::kUnsupported);
  for (const auto operation : {kPutOperation, kReferOperation, kDropOperation, kReadOperation}) {
    EXPECT_EQ(kind_of(ask(operation, "")), ErrorKind::kCorrupt);
    EXPECT_EQ(kind_of(ask(operation, noise(10, 300))), ErrorKind::kCorrupt);
  }
  codec::TlvWriter empty(1);
  EXPECT_EQ(kind_of(ask(kPutOperation, std::move(empty).finish(kPutOperation))), ErrorKind::kInvalid);
}

}  // namespace
}  // namespace garage::block

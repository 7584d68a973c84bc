#include "block/reference.hpp"

#include <gtest/gtest.h>

#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

const BlockHash kHash = hash_of("block");

TEST(ReferenceRow, RoundTrip) {
  const Reference reference{
      .ceiling = {.hybrid_ms = 1234567, .tie = 99}, .backlink = std::string("b\0k", 3), .upload = owner(7)};
  auto decoded = decode_reference(kHash, owner(1), encode_reference(kHash, owner(1), reference));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->ceiling, reference.ceiling);
  EXPECT_EQ(decoded->backlink, reference.backlink);
  EXPECT_EQ(decoded->upload, reference.upload);
  EXPECT_EQ(reference_key(kHash, owner(1)).size(), 48u);
}

TEST(ReferenceRow, FieldsOfNewerProgramsAreKept) {
  Reference reference{.ceiling = {1, 2}, .backlink = "row", .upload = {}};
  reference.unknown.push_back({77, "later"});
  auto decoded = decode_reference(kHash, owner(1), encode_reference(kHash, owner(1), reference));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->unknown, reference.unknown);
}

TEST(ReferenceRow, DamageAndMisdirectionAreSeen) {
  const std::string value = encode_reference(kHash, owner(1), {.ceiling = {1, 2}, .backlink = "row", .upload = {}});
  for (size_t i = 0; i < value.size(); ++i) {
    std::string bad = value;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    EXPECT_EQ(kind_of(decode_reference(kHash, owner(1), bad)), ErrorKind::kCorrupt);
  }
  EXPECT_EQ(kind_of(decode_reference(kHash, owner(2), value)), ErrorKind::kCorrupt);
}

struct ReferenceTest : ::testing::Test {
  ReferenceTest() { node.must_open(); }
  Result<void> store(Uuid of, Ord ceiling) {
    std::vector<BlockHold> holds;
    TRY(holds.emplace_back(), node.put("block"));
    CHECK_OK(node.sync());
    return node.commit(
        std::make_shared<AddBlocks>(holds, of, Reference{.ceiling = ceiling, .backlink = "row", .upload = {}}));
  }
  Result<void> drop(Uuid of, Ord judged) {
    return node.commit(std::make_shared<DropBlocks>(*node.blocks, std::vector{kHash}, of, judged));
  }
  std::optional<Reference> row(Uuid of) {
    auto value = machine.store.get(kv::Family::kBlockRef, reference_key(kHash, of));
    if (!value || !*value) return std::nullopt;
    auto reference = decode_reference(kHash, of, **value);
    return reference ? std::optional(*reference) : std::nullopt;
  }

  Machine machine;
  TestNode node{machine};
};

TEST_F(ReferenceTest, TheHigherCeilingStays) {
  ASSERT_OK(store(owner(1), {10, 0}));
  ASSERT_OK(store(owner(1), {20, 0}));
  ASSERT_OK(store(owner(1), {15, 0}));
  EXPECT_EQ(row(owner(1))->ceiling, (Ord{20, 0}));
}

TEST_F(ReferenceTest, AVerdictSparesWhatWasRenewed) {
  ASSERT_OK(store(owner(1), {20, 0}));
  ASSERT_OK(drop(owner(1), {19, 99}));
  EXPECT_TRUE(row(owner(1)));
  EXPECT_EQ(node.read(kHash), "block");
  ASSERT_OK(drop(owner(1), {20, 0}));
  EXPECT_FALSE(row(owner(1)));
  EXPECT_EQ(kind_of(node.read(kHash)), ErrorKind::kNotFound);
}

TEST_F(ReferenceTest, OnlyTheOwnersReferenceIsDropped) {
  ASSERT_OK(store(owner(1), {20, 0}));
  ASSERT_OK(store(owner(2), {20, 0}));
  ASSERT_OK(drop(owner(3), Ord::highest()));
  ASSERT_OK(drop(owner(1), Ord::highest()));
  EXPECT_TRUE(row(owner(2)));
  EXPECT_EQ(node.read(kHash), "block");
}

TEST_F(ReferenceTest, OfADamagedRowNothingIsConcluded) {
  ASSERT_OK(store(owner(1), {20, 0}));
  kv::Batch batch;
  batch.put(kv::Family::kBlockRef, reference_key(kHash, owner(1)), "rubbish");
  ASSERT_OK(machine.store.write(batch, kv::Durability::kSynced));
  ASSERT_OK(drop(owner(1), Ord::highest()));
  EXPECT_EQ(node.read(kHash), "block");
  // Written anew by an upload, it can be judged.
  ASSERT_OK(store(owner(1), {20, 0}));
  ASSERT_OK(drop(owner(1), Ord::highest()));
  EXPECT_EQ(kind_of(node.read(kHash)), ErrorKind::kNotFound);
}

// Within one change, which its own view does not show.
TEST_F(ReferenceTest, SeveralOwnersInOneChange) {
  struct DropBoth : kv::Change {
    explicit DropBoth(BlockStore& blocks) : removal(blocks.begin_removal()) {}
    std::unique_ptr<BlockStore::Removal> removal;
    void reads(std::vector<kv::Key>&) const override {}
    Result<void> apply(kv::View& view, kv::Batch& batch) override {
      CHECK_OK(drop_references(view, batch, *removal, owner(1), {kHash}, Ord::highest()));
      return drop_references(view, batch, *removal, owner(2), {kHash, kHash}, Ord::highest());
    }
    void committed() override { removal->committed(); }
  };
  ASSERT_OK(store(owner(1), {20, 0}));
  ASSERT_OK(store(owner(2), {20, 0}));
  ASSERT_OK(node.commit(std::make_shared<DropBoth>(*node.blocks)));
  EXPECT_EQ(kind_of(node.read(kHash)), ErrorKind::kNotFound);
  node.settle();
  EXPECT_EQ(node.blocks->stats().live_bytes, 0u);
}

TEST_F(ReferenceTest, AReferenceAddedInTheSameChangeKeepsTheBlock) {
  struct PassOn : kv::Change {
    explicit PassOn(BlockStore& blocks) : removal(blocks.begin_removal()) {}
    std::unique_ptr<BlockStore::Removal> removal;
    void reads(std::vector<kv::Key>&) const override {}
    Result<void> apply(kv::View& view, kv::Batch& batch) override {
      CHECK_OK(add_reference(view, batch, kHash, owner(2), {.ceiling = {30, 0}, .backlink = "row", .upload = {}}));
      return drop_references(view, batch, *removal, owner(1), {kHash}, Ord::highest());
    }
    void committed() override { removal->committed(); }
  };
  ASSERT_OK(store(owner(1), {20, 0}));
  ASSERT_OK(node.commit(std::make_shared<PassOn>(*node.blocks)));
  EXPECT_FALSE(row(owner(1)));
  EXPECT_EQ(node.read(kHash), "block");
}

}  // namespace
}  // namespace garage::block

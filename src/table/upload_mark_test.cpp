#include "table/upload_mark.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/hex.hpp"
#include "table/promise.hpp"
#include "table/testing.hpp"

namespace garage::table {
namespace {

const Uuid kUpload = *Uuid::from_hex("000102030405060708090a0b0c0d0e0f");
const Uuid kWrite = *Uuid::from_hex("ffeeddccbbaa99887766554433221100");

// tests/golden/upload_mark.txt: lines of "name key-hex value-hex". Written once, readable for ever.
TEST(UploadMark, GoldenFileStaysReadable) {
  const std::string key = upload_mark_key(kv::Family::kObject, "golden/key", kUpload);
  const CompletionNote plain{kWrite, {1'767'225'600'123, 0x0102030405060708}, false};
  CompletionNote conditional = plain;
  conditional.conditional = true;
  const std::vector<std::pair<std::string, std::string>> expected{
      {"over", encode_promise(key, plain.ord)},
      {"note", encode_note(key, plain)},
      {"note-conditional", encode_note(key, conditional)},
  };
  std::ifstream file(std::string(GARAGE_SOURCE_DIR) + "/tests/golden/upload_mark.txt");
  ASSERT_TRUE(file) << "the golden file is missing";
  for (const auto& [name, value] : expected) {
    std::string line;
    ASSERT_TRUE(std::getline(file, line));
    EXPECT_EQ(line, name + " " + to_hex(key) + " " + to_hex(value));
    std::istringstream words(line);
    std::string read_name, key_hex, value_hex;
    words >> read_name >> key_hex >> value_hex;
    const UploadMark mark = decode_upload_mark(*from_hex(key_hex), *from_hex(value_hex));
    EXPECT_EQ(mark.over, name == "over");
    if (name != "over") EXPECT_EQ(mark.note, name == "note" ? plain : conditional);
  }
}

TEST(UploadMark, ADamagedOneCountsAsOver) {
  const std::string value = encode_note("mark", {kWrite, {1, 2}, true});
  EXPECT_FALSE(decode_upload_mark("mark", value).over);
  EXPECT_TRUE(decode_upload_mark("another", value).over);
  for (size_t at = 0; at < value.size(); ++at) {
    std::string damaged = value;
    damaged[at] ^= 1;
    EXPECT_TRUE(decode_upload_mark("mark", damaged).over) << at;
  }
  EXPECT_TRUE(decode_upload_mark("mark", "").over);
}

// One commit: a row is acknowledged, or the upload ends.
class Note final : public kv::Change {
 public:
  explicit Note(std::optional<Row> row) : row_(std::move(row)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    if (row_) return note_completion(view, batch, kv::Family::kObject, "k", {kUpload, kWrite, false}, *row_);
    put_over(batch, kv::Family::kObject, "k", kUpload, {9, 9});
    return {};
  }

 private:
  std::optional<Row> row_;
};

struct UploadMarkTest : ::testing::Test {
  testing::TestNode node{1};
  UploadMark after(std::optional<Row> row) {
    Note note(std::move(row));
    EXPECT_TRUE(node.commits.commit_now(note));
    const std::string key = upload_mark_key(kv::Family::kObject, "k", kUpload);
    return decode_upload_mark(key, **node.store.get(kv::Family::kPromise, key));
  }
  static Row row_at(uint64_t ms, const Uuid& uuid = kWrite) {
    Row row;
    row.ord = {ms, 1};
    row.kind = RowKind::kBallot;
    row.uuid = uuid;
    return row;
  }
};

TEST_F(UploadMarkTest, TheLowestOrdOfAWriteStaysUntilTheUploadIsOver) {
  EXPECT_EQ(after(row_at(20)).note, (CompletionNote{kWrite, {20, 1}, false}));
  EXPECT_EQ(after(row_at(30)).note->ord, (Ord{20, 1}));
  EXPECT_EQ(after(row_at(10)).note->ord, (Ord{10, 1}));
  EXPECT_TRUE(after(std::nullopt).over);
  EXPECT_TRUE(after(row_at(40)).over);
}

// Whoever knows the write by its edit only notes an ord below which no lineage begins that has lost the write.
TEST_F(UploadMarkTest, AnEditTellsOfTheWriteItStandsOn) {
  Row edit = row_at(50, kUpload);
  edit.lineage = {{kWrite, {15, 1}}};
  EXPECT_EQ(after(edit).note, (CompletionNote{kWrite, {15, 1}, false}));
}

TEST_F(UploadMarkTest, OfAnEditThatHasLostTheWriteNobodyKnowsWhatItStoodOn) {
  const auto note = after(row_at(50, kUpload)).note;
  EXPECT_TRUE(note->conditional);
  EXPECT_LT(note->ord, (Ord{1, 0}));
  EXPECT_EQ(after(row_at(20)).note->ord, note->ord);
}

TEST_F(UploadMarkTest, WhoSawTheWriteItselfLearnsNothingFromSuchAnEdit) {
  EXPECT_FALSE(after(row_at(20)).note->conditional);
  EXPECT_EQ(after(row_at(50, kUpload)).note, (CompletionNote{kWrite, {20, 1}, false}));
}

}  // namespace
}  // namespace garage::table

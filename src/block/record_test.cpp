#include "block/record.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "block/compression.hpp"
#include "block/place.hpp"
#include "block/record_read.hpp"
#include "block/testing/test_node.hpp"
#include "block/volume_walk.hpp"

namespace garage::block {
namespace {

using namespace testing;

RecordHeader header_of(std::string_view stored) {
  return {.codec = Codec::kRaw,
          .hash = hash_of(stored),
          .raw_bytes = static_cast<uint32_t>(stored.size()),
          .stored_bytes = static_cast<uint32_t>(stored.size()),
          .volume = 7,
          .offset = 3 * kRecordAlignment};
}

TEST(Record, Sizes) {
  EXPECT_EQ(head_bytes(1), 72u);
  EXPECT_EQ(head_bytes(65536), 72u);
  EXPECT_EQ(head_bytes(65537), 76u);
  EXPECT_EQ(extent_bytes(1), 4096u);
  EXPECT_EQ(extent_bytes(4096 - 72), 4096u);
  EXPECT_EQ(extent_bytes(4096 - 71), 8192u);
  EXPECT_EQ(extent_bytes(1u << 20), (1u << 20) + 4096u);
}

TEST(Record, RoundTrip) {
  for (size_t length : {size_t{1}, size_t{65535}, size_t{65536}, size_t{65537}, size_t{1000000}}) {
    const std::string stored = noise(length, length);
    const std::string head = encode_head(header_of(stored), piece_checksums(stored));
    EXPECT_EQ(head.size(), head_bytes(static_cast<uint32_t>(length)));
    const std::string record = head + stored;
    auto decoded = decode_head(record);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->header, header_of(stored));
    EXPECT_TRUE(check_pieces(*decoded, 0, stored));
    const uint32_t last = piece_count(static_cast<uint32_t>(length)) - 1;
    EXPECT_TRUE(check_pieces(*decoded, last, std::string_view(stored).substr(size_t{last} * kPieceBytes)));
    EXPECT_TRUE(check_pieces(*decoded, 0, {}));
  }
}

TEST(Record, EveryFlippedBitOfTheHeadIsSeen) {
  const std::string stored = noise(1, 200000);
  const std::string head = encode_head(header_of(stored), piece_checksums(stored));
  for (size_t bit = 0; bit < 8 * head.size(); ++bit) {
    std::string bad = head;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_head(bad)) << bit;
  }
  for (size_t length = 0; length < head.size(); ++length) EXPECT_FALSE(decode_head(head.substr(0, length))) << length;
}

TEST(Record, EveryPieceHasItsOwnChecksum) {
  std::string stored = noise(1, 200000);
  const std::string head = encode_head(header_of(stored), piece_checksums(stored));
  stored[70000] = static_cast<char>(stored[70000] ^ 1);
  auto decoded = decode_head(head);
  ASSERT_TRUE(decoded);
  const std::string_view bytes = stored;
  EXPECT_TRUE(check_pieces(*decoded, 0, bytes.substr(0, 65536)));
  EXPECT_FALSE(check_pieces(*decoded, 1, bytes.substr(65536, 65536)));
  EXPECT_TRUE(check_pieces(*decoded, 2, bytes.substr(131072)));
  EXPECT_FALSE(check_pieces(*decoded, 0, bytes));
}

TEST(Record, HeadsThatAreTrueToThemselvesButImpossible) {
  const std::vector<uint32_t> one_piece{0};
  RecordHeader header{.codec = Codec::kRaw, .hash = {}, .raw_bytes = 10, .stored_bytes = 9, .volume = 1, .offset = 0};
  EXPECT_EQ(kind_of(decode_head(encode_head(header, one_piece))), ErrorKind::kCorrupt);
  header = {.codec = Codec::kZstd, .hash = {}, .raw_bytes = 9, .stored_bytes = 9, .volume = 1, .offset = 0};
  EXPECT_EQ(kind_of(decode_head(encode_head(header, one_piece))), ErrorKind::kCorrupt);
  header = {.codec = static_cast<Codec>(9), .hash = {}, .raw_bytes = 10, .stored_bytes = 9, .volume = 1, .offset = 0};
  EXPECT_EQ(kind_of(decode_head(encode_head(header, one_piece))), ErrorKind::kUnsupported);
  header = {
      .codec = Codec::kZstd, .hash = {}, .raw_bytes = kBlockBytesMax + 1, .stored_bytes = 9, .volume = 1, .offset = 0};
  EXPECT_EQ(kind_of(decode_head(encode_head(header, one_piece))), ErrorKind::kCorrupt);
  header = {.codec = Codec::kZstd, .hash = {}, .raw_bytes = 10, .stored_bytes = 0, .volume = 1, .offset = 0};
  EXPECT_EQ(kind_of(decode_head(encode_head(header, {}))), ErrorKind::kCorrupt);
}

TEST(Record, PlacesInTheIndex) {
  const BlockHash hash = hash_of("x");
  const BlockPlace place{
      .directory = 65535, .volume = UINT32_MAX, .offset = 1ull << 40, .raw_bytes = 1u << 20, .stored_bytes = 12345};
  EXPECT_EQ(decode_place(hash, encode_place(hash, place)), place);
  EXPECT_EQ(kind_of(decode_place(hash_of("y"), encode_place(hash, place))), ErrorKind::kCorrupt);
  for (const BlockPlace& bad :
       {BlockPlace{.offset = 1, .raw_bytes = 1, .stored_bytes = 1}, BlockPlace{.raw_bytes = 1, .stored_bytes = 2},
        BlockPlace{.raw_bytes = 0, .stored_bytes = 0}, BlockPlace{.raw_bytes = UINT32_MAX, .stored_bytes = 1}}) {
    EXPECT_EQ(kind_of(decode_place(hash, encode_place(hash, bad))), ErrorKind::kCorrupt);
  }
}

TEST(Compression, OnlyWhereItPays) {
  EXPECT_FALSE(compress(noise(1, 300000), 1));
  EXPECT_FALSE(compress("short", 1));
  // Rough at the beginning: not looked at further.
  EXPECT_FALSE(compress(noise(1, 100000) + std::string(900000, 'a'), 1));
  const std::string text(300000, 'a');
  auto packed = compress(text, 1);
  ASSERT_TRUE(packed);
  EXPECT_LT(packed->size(), 1000u);
  auto raw = decompress(packed->view(), 300000);
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->view(), text);
}

TEST(Compression, ADecompressedBlockIsHeldAgainstItsHash) {
  const std::string text(300000, 'a');
  auto packed = compress(text, 1);
  ASSERT_TRUE(packed);
  const BlockPlace place{.raw_bytes = 300000, .stored_bytes = static_cast<uint32_t>(packed->size())};
  EXPECT_TRUE(unpack(hash_of(text), place, packed->view()));
  EXPECT_EQ(kind_of(unpack(hash_of("another"), place, packed->view())), ErrorKind::kCorrupt);
}

TEST(Compression, NeverMoreNorLessThanDeclared) {
  auto packed = compress(std::string(300000, 'a'), 1);
  ASSERT_TRUE(packed);
  EXPECT_EQ(kind_of(decompress(packed->view(), 299999)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(decompress(packed->view(), 300001)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(decompress(packed->view().substr(0, packed->size() - 1), 300000)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(decompress("rubbish", 10)), ErrorKind::kCorrupt);
}

// --- tests/golden/volume_v1.bin: volume 7 with a small record, one of two pieces and a compressed one. Written once,
// readable for ever.

std::string golden_small() {
  return "The first block of the first volume.";
}
std::string golden_large() {
  std::string out(66000, '\0');
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}
std::string golden_text() {
  std::string out;
  while (out.size() < 3000) out += "so good that one says it again, ";
  return out;
}

std::string golden_file() {
  std::ifstream file(std::string(GARAGE_SOURCE_DIR) + "/tests/golden/volume_v1.bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void append_golden(std::string& out, Codec codec, const std::string& raw, std::string_view stored) {
  out.resize(align_up(out.size()), '\0');
  const RecordHeader header{.codec = codec,
                            .hash = hash_of(raw),
                            .raw_bytes = static_cast<uint32_t>(raw.size()),
                            .stored_bytes = static_cast<uint32_t>(stored.size()),
                            .volume = 7,
                            .offset = out.size()};
  out += encode_head(header, piece_checksums(stored));
  out += stored;
}

TEST(VolumeGolden, TodaysWriterReproducesIt) {
  const std::string golden = golden_file();
  ASSERT_FALSE(golden.empty()) << "the golden file is missing";
  std::string written;
  append_golden(written, Codec::kRaw, golden_small(), golden_small());
  append_golden(written, Codec::kRaw, golden_large(), golden_large());
  // What zstd makes of a text may differ between its versions; the frame in the file is as good as any.
  const uint64_t at = align_up(written.size());
  auto head = decode_head(std::string_view(golden).substr(at));
  ASSERT_TRUE(head) << head.error().message;
  append_golden(written, Codec::kZstd, golden_text(),
                std::string_view(golden).substr(at + head_bytes(head->header.stored_bytes)));
  EXPECT_TRUE(written == golden);
}

TEST(VolumeGolden, TodaysReaderReadsIt) {
  Machine machine;
  ASSERT_OK(machine.disk.make_directories("/data/volumes"));
  auto file = machine.disk.open("/data/volumes/00000007.vol", env::OpenMode::kCreate);
  ASSERT_TRUE(file);
  const std::string golden = golden_file();
  const std::array<std::string_view, 1> pieces{golden};
  ASSERT_OK((*file)->write_at(0, pieces));

  auto walk = VolumeWalk::start(**file, 7);
  ASSERT_TRUE(walk);
  std::vector<uint64_t> offsets;
  for (auto next = walk->next(); next && *next; next = walk->next()) {
    offsets.push_back((*next)->offset);
    walk->skip_record();
  }
  EXPECT_EQ(offsets, (std::vector<uint64_t>{0, 4096, 4096 + 69632}));

  TestNode node(machine);
  node.must_open();
  auto report = node.loop.run_until_done(node.blocks->rebuild_index({}));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->records, 3u);
  EXPECT_EQ(report->torn_tails, 0u);
  for (const std::string& raw : {golden_small(), golden_large(), golden_text()})
    EXPECT_EQ(node.read(hash_of(raw)), raw);
}

}  // namespace
}  // namespace garage::block

#include "table/messages.hpp"

#include <gtest/gtest.h>

#include <random>

#include "codec/tlv.hpp"

namespace garage::table {
namespace {

Row some_row() {
  Row row;
  row.ord = {5, 6};
  row.uuid.bytes[3] = 9;
  row.value = "value";
  row.lineage = {{Uuid{}, {1, 2}}};
  return row;
}

Request some_request() {
  Request request;
  request.operation = Operation::kInstall;
  request.family = kv::Family::kUpload;
  request.stage = 77;
  request.key = std::string("key\0with", 8);
  request.row = some_row();
  request.companions = {{kv::Family::kInline, "a", "body"}, {kv::Family::kManifest, "", ""}};
  return request;
}

TEST(Messages, RequestsRoundTrip) {
  Request request = some_request();
  auto back = decode_request(encode_request(request));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->operation, request.operation);
  EXPECT_EQ(back->family, request.family);
  EXPECT_EQ(back->stage, request.stage);
  EXPECT_EQ(back->key, request.key);
  EXPECT_EQ(back->row, request.row);
  ASSERT_EQ(back->companions.size(), 2u);
  EXPECT_EQ(back->companions[0].value, "body");
  EXPECT_EQ(back->companions[1].family, kv::Family::kManifest);

  EXPECT_FALSE(back->settles || back->adds);
  request.settles = request.adds = true;
  back = decode_request(encode_request(request));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->settles && back->adds);

  Request prepare;
  prepare.operation = Operation::kPrepare;
  prepare.key = "k";
  prepare.ballot = {1, 2};
  prepare.witnessed = {3, 4};
  EXPECT_EQ(decode_request(encode_request(prepare))->ballot, prepare.ballot);
  EXPECT_EQ(decode_request(encode_request(prepare))->witnessed, prepare.witnessed);
  Request read;
  read.key = "k";
  read.companions_wanted = true;
  EXPECT_TRUE(decode_request(encode_request(read))->companions_wanted);
}

TEST(Messages, SayWhatIsWrittenFor) {
  Request request = some_request();
  EXPECT_EQ(decode_request(encode_request(request))->purpose, Purpose::kRepair);
  request.purpose = Purpose::kClient;
  EXPECT_EQ(decode_request(encode_request(request))->purpose, Purpose::kClient);
  std::string without = encode_request(request);
  auto purpose = codec::TlvWriter::nested();
  purpose.u64(13, 1);
  ASSERT_TRUE(without.ends_with(purpose.body()));
  without.resize(without.size() - purpose.body().size());
  EXPECT_EQ(decode_request(without)->purpose, Purpose::kUnsaid);
}

TEST(Messages, RepliesRoundTrip) {
  Reply reply{Verdict::kRefused, some_row(), {8, 9}, 4, {{kv::Family::kInline, "a", "b"}}};
  auto back = decode_reply("key", encode_reply("key", reply));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->verdict, reply.verdict);
  EXPECT_EQ(back->row, reply.row);
  EXPECT_EQ(back->seen, reply.seen);
  EXPECT_EQ(back->stage, 4u);
  EXPECT_EQ(back->companions.size(), 1u);
  EXPECT_FALSE(back->note);
  // The row of another key is not accepted.
  EXPECT_EQ(decode_reply("other", encode_reply("key", reply)).error().kind, ErrorKind::kCorrupt);
}

TEST(Messages, RepliesTellWhichWriteCompletedAnUpload) {
  Reply reply;
  for (const bool conditional : {false, true}) {
    reply.note = CompletionNote{some_row().uuid, {8, 9}, conditional};
    const auto back = decode_reply("key", encode_reply("key", reply));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->note, reply.note);
  }
  reply.note->write = {};
  EXPECT_EQ(decode_reply("key", encode_reply("key", reply)).error().kind, ErrorKind::kCorrupt);
}

TEST(Messages, NonsenseIsRefused) {
  EXPECT_FALSE(decode_request(""));
  Request no_key;
  EXPECT_FALSE(decode_request(encode_request(no_key)));
  Request no_row = some_request();
  no_row.row.reset();
  EXPECT_FALSE(decode_request(encode_request(no_row)));
  Request no_ballot;
  no_ballot.operation = Operation::kPrepare;
  no_ballot.key = "k";
  EXPECT_FALSE(decode_request(encode_request(no_ballot)));

  // Damage never crashes; what is accepted all the same is a proper request.
  std::mt19937_64 random(5);
  const std::string good = encode_request(some_request());
  Reply noted{Verdict::kDone, some_row(), {8, 9}, 4, {}};
  noted.note = CompletionNote{some_row().uuid, {8, 9}, true};
  for (int i = 0; i < 20000; ++i) {
    std::string bad = good.substr(0, random() % (good.size() + 1));
    for (int flips = 1 + random() % 3; flips > 0 && !bad.empty(); --flips) {
      bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
    }
    auto decoded = decode_request(bad);
    if (decoded) EXPECT_FALSE(decoded->key.empty());
    (void)decode_reply("key", bad);
    std::string told = encode_reply("key", noted);
    told[random() % told.size()] ^= static_cast<char>(1 << random() % 8);
    if (const auto reply = decode_reply("key", told)) EXPECT_FALSE(reply->note && reply->note->write.is_zero());
  }
}

}  // namespace
}  // namespace garage::table

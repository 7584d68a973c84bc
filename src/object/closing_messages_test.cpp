#include "object/closing_messages.hpp"

#include <gtest/gtest.h>

#include "table/row_key.hpp"

namespace garage::object {
namespace {

CloseRequest some_request() {
  CloseRequest request;
  request.bucket.bytes.fill(7);
  request.attempt.bytes.fill(9);
  request.row = "a row";
  request.stage = 12;
  request.shards = {0, 3};
  return request;
}

std::string key_in(uint16_t shard, std::string_view name) {
  return table::object_row_key(some_request().bucket, shard, name);
}

TEST(ClosingMessages, RoundTrip) {
  CloseRequest request = some_request();
  request.from = key_in(0, "b");
  const auto back = decode_close_request(encode_close_request(request));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->bucket, request.bucket);
  EXPECT_EQ(back->attempt, request.attempt);
  EXPECT_EQ(back->row, request.row);
  EXPECT_EQ(back->stage, request.stage);
  EXPECT_EQ(back->shards, request.shards);
  EXPECT_EQ(back->from, request.from);

  const CloseAnswer answer{true, 13, {{key_in(0, "c"), {5, 6}}, {key_in(3, "a"), {7, 8}}}, key_in(3, "d")};
  const auto heard = decode_close_answer(request, encode_close_answer(answer));
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_TRUE(heard->held);
  EXPECT_EQ(heard->stage, 13u);
  ASSERT_EQ(heard->living.size(), 2u);
  EXPECT_EQ(heard->living[1].key, key_in(3, "a"));
  EXPECT_EQ(heard->living[1].ord, (Ord{7, 8}));
  EXPECT_EQ(heard->next_from, key_in(3, "d"));
  EXPECT_FALSE(decode_close_answer(request, encode_close_answer({}))->held);
}

TEST(ClosingMessages, NothingIsTakenThatWasNotAskedFor) {
  const CloseRequest request = some_request();
  const auto heard = [&](const CloseAnswer& answer) {
    return decode_close_answer(request, encode_close_answer(answer)).has_value();
  };
  EXPECT_TRUE(heard({true, 12, {{key_in(3, "a"), {1, 1}}}, ""}));
  EXPECT_FALSE(heard({true, 12, {{key_in(2, "a"), {1, 1}}}, ""}));  // another shard
  EXPECT_FALSE(heard({true, 12, {{"short", {1, 1}}}, ""}));
  EXPECT_FALSE(heard({true, 12, {}, key_in(1, "a")}));
  EXPECT_FALSE(heard({true, 12, std::vector<LivingRow>(kLivingRowsMax + 1, {key_in(3, "a"), {1, 1}}), ""}));

  CloseRequest disordered = request;
  disordered.shards = {3, 0};
  EXPECT_FALSE(decode_close_request(encode_close_request(disordered)));
  disordered.shards = {64};
  EXPECT_FALSE(decode_close_request(encode_close_request(disordered)));
  disordered.shards = {};
  EXPECT_FALSE(decode_close_request(encode_close_request(disordered)));
  EXPECT_FALSE(decode_close_request("nonsense"));
}

}  // namespace
}  // namespace garage::object

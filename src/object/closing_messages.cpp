#include "object/closing_messages.hpp"

#include <algorithm>
#include <utility>

#include "codec/tlv.hpp"
#include "table/messages.hpp"
#include "table/ord_codec.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

enum RequestTag : uint32_t { kBucket = 1, kAttempt = 2, kRow = 3, kStage = 4, kShard = 5, kFrom = 6 };
enum AnswerTag : uint32_t { kHeld = 1, kAnswerStage = 2, kLiving = 3, kNextFrom = 4 };
enum LivingTag : uint32_t { kKey = 1, kOrd = 2 };

void read_shard(codec::TlvReader& in, std::vector<uint16_t>& shards) {
  const uint64_t shard = in.number();
  const bool good = shard < table::kSpreadMax && (shards.empty() || shards.back() < shard);
  if (!good) return in.mark_damaged();
  shards.push_back(static_cast<uint16_t>(shard));
}

bool is_asked_for(const CloseRequest& request, std::string_view row_key) {
  const auto place = table::parse_shard_prefix(row_key);
  return place && place->bucket == request.bucket && std::ranges::binary_search(request.shards, place->shard) &&
         row_key.size() <= table::kRowKeyBytesMax && row_key >= request.from;
}

void read_living(codec::TlvReader& in, const CloseRequest& request, std::vector<LivingRow>& living) {
  LivingRow row;
  auto body = in.message();
  while (body.next()) {
    if (body.tag() == kKey) row.key = body.bytes();
    if (body.tag() != kOrd) continue;
    if (body.bytes().size() != table::kOrdBytes) return in.mark_damaged();
    row.ord = table::load_ord(body.bytes().data());
  }
  const bool good = body.status() && is_asked_for(request, row.key) && living.size() < kLivingRowsMax;
  if (!good) return in.mark_damaged();
  living.push_back(std::move(row));
}

}  // namespace

std::string encode_close_request(const CloseRequest& request) {
  auto out = codec::TlvWriter::nested();
  out.bytes(kBucket, request.bucket.view());
  out.bytes(kAttempt, request.attempt.view());
  out.bytes(kRow, request.row);
  out.u64(kStage, request.stage);
  for (const uint16_t shard : request.shards) out.u64(kShard, shard);
  if (!request.from.empty()) out.bytes(kFrom, request.from);
  return std::move(out).take_body();
}

Result<CloseRequest> decode_close_request(std::string_view encoded) {
  CloseRequest request;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    switch (in.tag()) {
      case kBucket:
        request.bucket = in.id<BucketId>();
        break;
      case kAttempt:
        request.attempt = in.id<Uuid>();
        break;
      case kRow:
        request.row = in.bytes();
        break;
      case kStage:
        request.stage = in.number();
        break;
      case kShard:
        read_shard(in, request.shards);
        break;
      case kFrom:
        request.from = in.bytes();
        break;
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  if (request.attempt.is_zero() || request.shards.empty() || request.from.size() > table::kRowKeyBytesMax) {
    return fail(ErrorKind::kInvalid, "object/close: not a proper request");
  }
  return request;
}

std::string encode_close_answer(const CloseAnswer& answer) {
  auto out = codec::TlvWriter::nested();
  if (answer.held) out.u64(kHeld, 1);
  out.u64(kAnswerStage, answer.stage);
  for (const LivingRow& row : answer.living) {
    auto body = codec::TlvWriter::nested();
    body.bytes(kKey, row.key);
    body.bytes(kOrd, table::view(table::ord_bytes(row.ord)));
    out.message(kLiving, body);
  }
  if (!answer.next_from.empty()) out.bytes(kNextFrom, answer.next_from);
  return std::move(out).take_body();
}

Result<CloseAnswer> decode_close_answer(const CloseRequest& request, std::string_view encoded) {
  CloseAnswer answer;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    switch (in.tag()) {
      case kHeld:
        answer.held = in.number() != 0;
        break;
      case kAnswerStage:
        answer.stage = in.number();
        break;
      case kLiving:
        read_living(in, request, answer.living);
        break;
      case kNextFrom:
        answer.next_from = in.bytes();
        if (answer.next_from <= request.from || !is_asked_for(request, answer.next_from)) in.mark_damaged();
        break;
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  return answer;
}

}  // namespace garage::object

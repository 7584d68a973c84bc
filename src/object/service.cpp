#include "object/service.hpp"

#include <utility>

#include "codec/tlv.hpp"
#include "object/cluster_collector.hpp"
#include "object/queue_entry.hpp"

namespace garage::object {
namespace {

constexpr uint8_t kFormat = 1;
enum DeadTag : uint32_t { kEntryKey = 1 };

Result<std::string> decode_dead(std::string_view payload) {
  TRY(auto reader, codec::TlvReader::open(kDeadOperation, payload, kFormat));
  std::string entry_key;
  while (reader.next()) {
    if (reader.tag() == kEntryKey) entry_key = reader.bytes();
  }
  CHECK_OK(reader.status());
  if (entry_key.size() != 1 + Uuid::kSize || entry_key.front() != kDropQueue) {
    return fail(ErrorKind::kInvalid, "object/dead: not an entry of a version");
  }
  return entry_key;
}

}  // namespace

std::string encode_dead(std::string_view entry_key) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kEntryKey, entry_key);
  return std::move(writer).finish(kDeadOperation);
}

Task<Result<std::string>> Service::handle(std::string operation, std::string payload, const net::PeerInfo& who) {
  if (who.is_client()) co_return fail(ErrorKind::kDenied, "only nodes may ask this");
  co_return co_await answer(std::move(operation), std::move(payload));
}

Task<Result<std::string>> Service::answer(std::string operation, std::string payload) {
  if (operation == kDeadOperation) {
    CO_TRY(auto entry_key, decode_dead(payload));
    CO_CHECK_OK(co_await objects_.forget_dead(std::move(entry_key)));
    co_return std::string();
  }
  if (operation == kUsageOperation) {
    const auto bucket = BucketId::from_raw(payload);
    if (!bucket) co_return fail(ErrorKind::kInvalid, "object/usage: not a bucket id");
    co_return co_await objects_.encoded_local_usage(*bucket);
  }
  if (operation == kCloseOperation) co_return co_await objects_.answer_close(std::move(payload));
  co_return fail(ErrorKind::kUnsupported, "no such operation: " + operation);
}

}  // namespace garage::object

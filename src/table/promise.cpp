#include "table/promise.hpp"

#include "codec/tlv.hpp"
#include "table/ord_codec.hpp"

namespace garage::table {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr uint32_t kTagOrd = 1;

}  // namespace

std::string promise_key(kv::Family family, std::string_view row_key) {
  std::string out;
  out.reserve(1 + row_key.size());
  out.push_back(static_cast<char>(family));
  out.append(row_key);
  return out;
}

std::string encode_promise(std::string_view promise_key, Ord promise) {
  codec::TlvWriter out(kFormatVersion);
  out.bytes(kTagOrd, view(ord_bytes(promise)));
  return std::move(out).finish(promise_key);
}

Result<Ord> decode_promise(std::string_view promise_key, std::string_view encoded) {
  TRY(auto in, codec::TlvReader::open(promise_key, encoded, kFormatVersion));
  Ord promise;
  while (in.next()) {
    if (in.tag() != kTagOrd) continue;
    if (in.bytes().size() != kOrdBytes) {
      in.mark_damaged();
    } else {
      promise = load_ord(in.bytes().data());
    }
  }
  CHECK_OK(in.status());
  if (promise.is_zero()) return fail(ErrorKind::kCorrupt, "a promise without an ord");
  return promise;
}

}  // namespace garage::table

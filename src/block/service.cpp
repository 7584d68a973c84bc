#include "block/service.hpp"

#include <utility>

namespace garage::block {

Task<Result<std::string>> Service::handle(std::string operation, std::string payload, const net::PeerInfo& who) {
  if (who.is_client()) co_return fail(ErrorKind::kDenied, "only nodes may ask this");
  co_return co_await answer(std::move(operation), std::move(payload));
}

Task<Result<std::string>> Service::answer(std::string operation, std::string payload) {
  if (operation == kPutOperation) {
    CO_TRY(auto message, decode_put(Buffer(std::move(payload))));
    CO_CHECK_OK(co_await holder_.put(std::move(message), true));
    co_return std::string();
  }
  if (operation == kReferOperation) {
    CO_TRY(auto message, decode_refer(payload));
    CO_TRY(const auto missing, co_await holder_.refer(std::move(message)));
    co_return encode_hashes(missing);
  }
  if (operation == kDropOperation) {
    CO_TRY(auto message, decode_drop(payload));
    CO_CHECK_OK(co_await holder_.drop(std::move(message)));
    co_return std::string();
  }
  if (operation == kReferenceOperation) {
    CO_TRY(const auto name, decode_reference_name(payload));
    CO_TRY(const auto reference, co_await holder_.reference(name));
    co_return reference ? encode_reference(name.hash, name.owner, *reference) : std::string();
  }
  if (operation == kHoldOperation) {
    CO_TRY(auto references, decode_named_references(payload));
    CO_TRY(const auto held, co_await holder_.held(std::move(references)));
    co_return encode_held(held);
  }
  if (operation == kReadOperation) {
    CO_TRY(const auto message, decode_read(payload));
    CO_TRY(const auto bytes, co_await holder_.read(message));
    co_return encode_bytes(message, bytes.view());
  }
  co_return fail(ErrorKind::kUnsupported, "no such operation: " + operation);
}

}  // namespace garage::block

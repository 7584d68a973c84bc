#include "s3/request_body.hpp"

#include "crypto/digest.hpp"

namespace garage::s3 {
namespace {

constexpr uint64_t kObjectBytesMax = uint64_t{5} << 30;  // of a single PUT, part or form

}  // namespace

api::ApiResult<std::unique_ptr<RequestBody>> RequestBody::create(const Call& call) {
  API_CHECK_OK(api::require_length(call.request));
  API_TRY(auto promised, api::parse_checksum_request(call.who));
  API_TRY(auto source, api::make_body_source(call.request, call.who));
  if (source->length() && *source->length() > kObjectBytesMax) return api::api_fail(api::ErrorCode::kEntityTooLarge);
  return std::unique_ptr<RequestBody>(new RequestBody(std::move(source), std::move(promised)));
}

Task<Result<size_t>> RequestBody::read(std::span<char> out) {
  auto got = co_await source_.read(out);
  if (got) {
    bytes_read_ += *got;
    if (bytes_read_ <= kObjectBytesMax) co_return *got;
    got = api::api_fail(api::ErrorCode::kEntityTooLarge);
  }
  failure_ = got.error();
  co_return fail(ErrorKind::kInvalid, std::string(failure_->text()));
}

object::DigestsWanted RequestBody::digests_wanted() const {
  object::DigestsWanted wanted;
  wanted.crc64nvme = false;
  wanted.sha256 = promised_.sha256.has_value();
  if (promised_.algorithm) wanted.want(*promised_.algorithm);
  return wanted;
}

object::BodyCheck RequestBody::check() {
  return [this](const object::Digests& digests) -> Result<void> {
    auto verified = verify(digests);
    if (verified) return {};
    failure_ = verified.error();
    return fail(ErrorKind::kInvalid, std::string(failure_->text()));
  };
}

api::ApiResult<void> RequestBody::verify(const object::Digests& digests) {
  if (promised_.sha256 && *digests.sha256 != crypto::view(*promised_.sha256)) {
    return api::api_fail(api::ErrorCode::kXAmzContentSha256Mismatch);
  }
  if (promised_.md5 && *promised_.md5 != digests.md5) return api::api_fail(api::ErrorCode::kBadDigest);
  API_TRY(const auto expected, api::expected_checksum(promised_, source_.trailers()));
  if (!expected) return {};
  if (*expected != digests.of(*promised_.algorithm)) {
    return api::api_fail(api::ErrorCode::kBadDigest, "The " + std::string(api::checksum_name(*promised_.algorithm)) +
                                                         " you specified did not match what we received.");
  }
  verified_checksum_ = *expected;
  return {};
}

api::ApiError RequestBody::explain(const Error& error) const {
  return failure_ ? *failure_ : api::from(error);
}

}  // namespace garage::s3

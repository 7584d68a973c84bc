#include "api/small_body.hpp"

#include <algorithm>

#include "codec/big_endian.hpp"
#include "crypto/crc.hpp"
#include "crypto/digest.hpp"

namespace garage::api {
namespace {

std::string compute(ChecksumAlgorithm algorithm, std::string_view bytes) {
  std::string raw;
  switch (algorithm) {
    case ChecksumAlgorithm::kCrc32:
      codec::append_u32_be(raw, crypto::crc32(bytes));
      break;
    case ChecksumAlgorithm::kCrc32c:
      codec::append_u32_be(raw, crypto::crc32c(bytes));
      break;
    case ChecksumAlgorithm::kCrc64nvme:
      codec::append_u64_be(raw, crypto::crc64nvme(bytes));
      break;
    case ChecksumAlgorithm::kSha1:
      raw = crypto::view(crypto::sha1(bytes));
      break;
    case ChecksumAlgorithm::kSha256:
      raw = crypto::view(crypto::sha256(bytes));
      break;
  }
  return raw;
}

ApiResult<void> check_promises(std::string_view body, const ChecksumRequest& promised, const Trailers& trailers) {
  if (promised.sha256 && crypto::sha256(body) != *promised.sha256)
    return api_fail(ErrorCode::kXAmzContentSha256Mismatch);
  if (promised.md5 && crypto::md5(body) != *promised.md5) {
    return api_fail(ErrorCode::kBadDigest, "The Content-MD5 you specified did not match what we received.");
  }
  API_TRY(const auto expected, expected_checksum(promised, trailers));
  if (expected && compute(*promised.algorithm, body) != *expected) return api_fail(ErrorCode::kBadDigest);
  return {};
}

}  // namespace

Task<ApiResult<std::string>> read_small_body(BodySource& source, ChecksumRequest promised, size_t bytes_max) {
  std::string body;
  const auto too_long = [] { return api_fail(ErrorCode::kMaxMessageLengthExceeded); };
  if (source.length() && *source.length() > bytes_max) co_return too_long();
  // One byte more than is allowed, so that a longer body is noticed. It grows with what arrives, not with what is
  // claimed.
  constexpr size_t kStepBytes = 16 * 1024;
  size_t filled = 0;
  for (;;) {
    if (filled == body.size()) body.resize(std::min(std::max(filled * 2, kStepBytes), bytes_max + 1));
    CO_API_TRY(const size_t bytes, co_await source.read(std::span(body).subspan(filled)));
    if (bytes == 0) break;
    filled += bytes;
    if (filled > bytes_max) co_return too_long();
  }
  body.resize(filled);
  CO_API_CHECK_OK(check_promises(body, promised, source.trailers()));
  co_return body;
}

}  // namespace garage::api

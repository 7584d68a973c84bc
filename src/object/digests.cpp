#include "object/digests.hpp"

#include "base/assert.hpp"
#include "codec/big_endian.hpp"
#include "crypto/crc.hpp"

namespace garage::object {

void DigestsWanted::want(crypto::ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case crypto::ChecksumAlgorithm::kCrc32:
      crc32 = true;
      break;
    case crypto::ChecksumAlgorithm::kCrc32c:
      crc32c = true;
      break;
    case crypto::ChecksumAlgorithm::kCrc64nvme:
      crc64nvme = true;
      break;
    case crypto::ChecksumAlgorithm::kSha1:
      sha1 = true;
      break;
    case crypto::ChecksumAlgorithm::kSha256:
      sha256 = true;
      break;
  }
}

const std::string& Digests::of(crypto::ChecksumAlgorithm algorithm) const {
  const std::optional<std::string>* found = nullptr;
  switch (algorithm) {
    case crypto::ChecksumAlgorithm::kCrc32:
      found = &crc32;
      break;
    case crypto::ChecksumAlgorithm::kCrc32c:
      found = &crc32c;
      break;
    case crypto::ChecksumAlgorithm::kCrc64nvme:
      found = &crc64nvme;
      break;
    case crypto::ChecksumAlgorithm::kSha1:
      found = &sha1;
      break;
    case crypto::ChecksumAlgorithm::kSha256:
      found = &sha256;
      break;
  }
  ASSERT(found != nullptr && found->has_value(), "a digest is asked for only where it was wanted");
  return **found;
}

Digester::Digester(DigestsWanted wanted) : wanted_(wanted) {
  if (wanted.sha256) sha256_.emplace();
  if (wanted.sha1) sha1_.emplace();
}

void Digester::update(std::string_view piece) {
  bytes_ += piece.size();
  if (wanted_.md5) md5_.update(piece);
  if (sha256_) sha256_->update(piece);
  if (sha1_) sha1_->update(piece);
  if (wanted_.crc32) crc32_ = crypto::crc32_extend(crc32_, piece);
  if (wanted_.crc32c) crc32c_ = crypto::crc32c_extend(crc32c_, piece);
  if (wanted_.crc64nvme) crc64nvme_ = crypto::crc64nvme_extend(crc64nvme_, piece);
}

Digests Digester::finish() {
  Digests out;
  out.bytes = bytes_;
  if (wanted_.md5) out.md5 = md5_.finish();
  if (sha256_) out.sha256 = std::string(crypto::view(sha256_->finish()));
  if (sha1_) out.sha1 = std::string(crypto::view(sha1_->finish()));
  const auto big_endian = [](auto value) {
    std::string raw;
    codec::append_be(raw, value);
    return raw;
  };
  if (wanted_.crc32) out.crc32 = big_endian(crc32_);
  if (wanted_.crc32c) out.crc32c = big_endian(crc32c_);
  if (wanted_.crc64nvme) out.crc64nvme = big_endian(crc64nvme_);
  return out;
}

}  // namespace garage::object

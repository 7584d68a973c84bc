// All digests of a body in one pass over its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/checksum_algorithm.hpp"
#include "crypto/digest.hpp"
#include "model/object_version.hpp"

namespace garage::object {

struct DigestsWanted {
  bool sha256 = false;  // of the whole body, for x-amz-content-sha256 or a checksum
  bool sha1 = false;
  bool crc32 = false;
  bool crc32c = false;
  bool crc64nvme = true;  // what is stored where the client asked for nothing
  bool md5 = true;
  void want(crypto::ChecksumAlgorithm algorithm);
};

struct Digests {
  uint64_t bytes = 0;
  model::Md5Bytes md5{};                                              // zero where it was not wanted
  std::optional<std::string> sha256, sha1, crc32, crc32c, crc64nvme;  // raw bytes, big-endian for CRCs
  // The algorithm must have been wanted.
  const std::string& of(crypto::ChecksumAlgorithm algorithm) const;
};

// Feed pieces in order. Not thread-safe; may move between threads from piece to piece.
class Digester {
 public:
  explicit Digester(DigestsWanted wanted);
  void update(std::string_view piece);
  Digests finish();

 private:
  DigestsWanted wanted_;
  uint64_t bytes_ = 0;
  crypto::Md5 md5_;
  std::optional<crypto::Sha256> sha256_;
  std::optional<crypto::Sha1> sha1_;
  uint32_t crc32_ = 0;
  uint32_t crc32c_ = 0;
  uint64_t crc64nvme_ = 0;
};

}  // namespace garage::object

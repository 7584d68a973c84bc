// CRC32 (IEEE, the one of zlib), CRC32C (Castagnoli) and CRC64NVME, at memory speed where the processor can (x86-64).
//
// A CRC here is the finished value that S3 and zlib speak of; the CRC of nothing is 0. Three operations for each:
//   crcX(bytes)                       of a whole
//   crcX_extend(crc, more)            from the CRC of a prefix to the CRC of prefix + more
//   crcX_combine(crc_a, crc_b, len_b) from the CRCs of a and b to the CRC of a + b, reading neither; b has len_b bytes
#pragma once

#include <cstdint>
#include <string_view>

namespace garage::crypto {

uint32_t crc32_extend(uint32_t crc, std::string_view more);
uint32_t crc32c_extend(uint32_t crc, std::string_view more);
uint64_t crc64nvme_extend(uint64_t crc, std::string_view more);

inline uint32_t crc32(std::string_view bytes) {
  return crc32_extend(0, bytes);
}
inline uint32_t crc32c(std::string_view bytes) {
  return crc32c_extend(0, bytes);
}
inline uint64_t crc64nvme(std::string_view bytes) {
  return crc64nvme_extend(0, bytes);
}

uint32_t crc32_combine(uint32_t crc_a, uint32_t crc_b, uint64_t len_b);
uint32_t crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t len_b);
uint64_t crc64nvme_combine(uint64_t crc_a, uint64_t crc_b, uint64_t len_b);

}  // namespace garage::crypto

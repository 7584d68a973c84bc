// The checksums that S3 speaks of. The numbers are stored in rows: they never change.
#pragma once

#include <cstdint>

namespace garage::crypto {

enum class ChecksumAlgorithm : uint8_t { kCrc32 = 1, kCrc32c = 2, kCrc64nvme = 3, kSha1 = 4, kSha256 = 5 };

// Of a multipart object: over the whole content, or over the checksums of its parts.
enum class ChecksumType : uint8_t { kFullObject = 1, kComposite = 2 };

}  // namespace garage::crypto

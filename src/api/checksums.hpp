// What a request promises about its content: Content-MD5, x-amz-content-sha256, and one of the S3 checksums in a header
// or trailer.
//
// Here they are only understood; whoever reads the bytes computes and compares (object for large bodies, small_body.hpp
// for documents).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/authenticate.hpp"
#include "api/body_source.hpp"
#include "api/error.hpp"
#include "crypto/checksum_algorithm.hpp"
#include "crypto/digest.hpp"

namespace garage::api {

using crypto::ChecksumAlgorithm;
using crypto::ChecksumType;

constexpr ChecksumAlgorithm kChecksumAlgorithms[] = {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c,
                                                     ChecksumAlgorithm::kCrc64nvme, ChecksumAlgorithm::kSha1,
                                                     ChecksumAlgorithm::kSha256};

std::string_view checksum_name(ChecksumAlgorithm algorithm);      // "CRC32C"
std::string_view checksum_header(ChecksumAlgorithm algorithm);    // "x-amz-checksum-crc32c"
std::string_view checksum_xml_name(ChecksumAlgorithm algorithm);  // "ChecksumCRC32C"
size_t checksum_bytes(ChecksumAlgorithm algorithm);               // of the raw value
std::string_view checksum_type_name(ChecksumType type);           // "FULL_OBJECT", "COMPOSITE"

// By its name in any case; InvalidRequest for another name.
ApiResult<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name);
ApiResult<ChecksumType> parse_checksum_type(std::string_view name);
// Raw bytes from base64; BadDigest unless it is exactly as long as the algorithm's value.
ApiResult<std::string> parse_checksum_value(ChecksumAlgorithm algorithm, std::string_view base64);
std::string render_checksum(std::string_view raw);

// The one x-amz-checksum-<algorithm> header, if any, with its value as sent. InvalidRequest for several, and for an
// algorithm that is not known: what it would prove is not checked.
struct ChecksumHeader {
  ChecksumAlgorithm algorithm;
  std::string_view value;
};
ApiResult<std::optional<ChecksumHeader>> find_checksum_header(const EffectiveHeaders& headers);

struct ChecksumRequest {
  std::optional<ChecksumAlgorithm> algorithm;  // what to compute and store
  std::optional<std::string> expected;         // raw, from a header
  bool from_trailer = false;                   // the expected value comes after the body
  std::optional<crypto::Md5Digest> md5;        // Content-MD5
  std::optional<crypto::Sha256Digest> sha256;  // x-amz-content-sha256
};

// Of a request whose body is the content (PutObject, UploadPart, documents).
ApiResult<ChecksumRequest> parse_checksum_request(const Authenticated& who);

// After the body: the value from the trailer (if `request.from_trailer`), else `request.expected`.
ApiResult<std::optional<std::string>> expected_checksum(const ChecksumRequest& request, const Trailers& trailers);

}  // namespace garage::api

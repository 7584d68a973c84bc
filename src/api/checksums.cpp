#include "api/checksums.hpp"

#include <array>

#include "api/header_list.hpp"
#include "codec/base64.hpp"
#include "http/characters.hpp"

namespace garage::api {
namespace {

struct AlgorithmInfo {
  ChecksumAlgorithm algorithm;
  std::string_view name;
  std::string_view header;
  std::string_view xml_name;
  size_t bytes;
};

constexpr std::array kAlgorithms = {
    AlgorithmInfo{ChecksumAlgorithm::kCrc32, "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", 4},
    AlgorithmInfo{ChecksumAlgorithm::kCrc32c, "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", 4},
    AlgorithmInfo{ChecksumAlgorithm::kCrc64nvme, "CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", 8},
    AlgorithmInfo{ChecksumAlgorithm::kSha1, "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", 20},
    AlgorithmInfo{ChecksumAlgorithm::kSha256, "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", 32},
};

const AlgorithmInfo& info(ChecksumAlgorithm algorithm) {
  return kAlgorithms[static_cast<size_t>(algorithm) - 1];
}

constexpr std::string_view kHeaderPrefix = "x-amz-checksum-";

// x-amz-checksum-* headers that say something else than a value.
bool is_value_header(std::string_view name) {
  return name.starts_with(kHeaderPrefix) && name != "x-amz-checksum-algorithm" && name != "x-amz-checksum-mode" &&
         name != "x-amz-checksum-type";
}

std::optional<ChecksumAlgorithm> algorithm_of_header(std::string_view name) {
  for (const AlgorithmInfo& candidate : kAlgorithms) {
    if (candidate.header == name) return candidate.algorithm;
  }
  return std::nullopt;
}

std::unexpected<ApiError> invalid(std::string message) {
  return api_fail(ErrorCode::kInvalidRequest, std::move(message));
}

ApiResult<std::optional<crypto::Md5Digest>> parse_content_md5(const EffectiveHeaders& headers) {
  const auto texts = headers.get_all("content-md5");
  if (texts.empty()) return std::nullopt;
  const auto raw = codec::from_base64(texts[0]);
  crypto::Md5Digest digest;
  if (texts.size() > 1 || !raw || raw->size() != digest.size()) return api_fail(ErrorCode::kInvalidDigest);
  std::copy(raw->begin(), raw->end(), digest.begin());
  return digest;
}

ApiResult<void> read_value_header(const EffectiveHeaders& headers, ChecksumRequest& request) {
  API_TRY(const auto found, find_checksum_header(headers));
  if (!found) return {};
  request.algorithm = found->algorithm;
  API_TRY(request.expected, parse_checksum_value(found->algorithm, found->value));
  return {};
}

// The checksum that x-amz-trailer announces, if any.
ApiResult<void> read_trailer_header(const Authenticated& who, ChecksumRequest& request) {
  const auto names = header_list(who.headers, "x-amz-trailer");
  if (names.empty()) return {};
  const auto algorithm = algorithm_of_header(names[0]);
  if (!algorithm || names.size() > 1) {
    return invalid("The value specified in the x-amz-trailer header is not supported.");
  }
  if (who.payload != PayloadMode::kStreamingSignedTrailer && who.payload != PayloadMode::kStreamingUnsignedTrailer) {
    return invalid("x-amz-trailer needs one of the STREAMING-...-TRAILER values of x-amz-content-sha256.");
  }
  if (request.algorithm) return invalid("A checksum is expected in a header or in a trailer, not in both.");
  request.algorithm = algorithm;
  request.from_trailer = true;
  return {};
}

}  // namespace

std::string_view checksum_name(ChecksumAlgorithm algorithm) {
  return info(algorithm).name;
}
std::string_view checksum_header(ChecksumAlgorithm algorithm) {
  return info(algorithm).header;
}
std::string_view checksum_xml_name(ChecksumAlgorithm algorithm) {
  return info(algorithm).xml_name;
}
size_t checksum_bytes(ChecksumAlgorithm algorithm) {
  return info(algorithm).bytes;
}
std::string_view checksum_type_name(ChecksumType type) {
  return type == ChecksumType::kComposite ? "COMPOSITE" : "FULL_OBJECT";
}

ApiResult<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name) {
  for (const AlgorithmInfo& candidate : kAlgorithms) {
    if (http::equal_ignoring_case(candidate.name, name)) return candidate.algorithm;
  }
  return invalid(
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, "
      "CRC64NVME, SHA1, SHA256]");
}

ApiResult<ChecksumType> parse_checksum_type(std::string_view name) {
  for (const ChecksumType type : {ChecksumType::kFullObject, ChecksumType::kComposite}) {
    if (http::equal_ignoring_case(checksum_type_name(type), name)) return type;
  }
  return invalid("The checksum type must be FULL_OBJECT or COMPOSITE.");
}

ApiResult<std::string> parse_checksum_value(ChecksumAlgorithm algorithm, std::string_view base64) {
  auto raw = codec::from_base64(base64);
  if (!raw || raw->size() != checksum_bytes(algorithm)) {
    return api_fail(ErrorCode::kBadDigest, "Value for " + std::string(checksum_header(algorithm)) + " is invalid.");
  }
  return std::move(*raw);
}

std::string render_checksum(std::string_view raw) {
  return codec::to_base64(raw);
}

ApiResult<std::optional<ChecksumHeader>> find_checksum_header(const EffectiveHeaders& headers) {
  std::string_view found, value;
  size_t values = 0;
  headers.for_each([&](std::string_view name, std::string_view text) {
    if (is_value_header(name)) found = name, value = text, ++values;
  });
  if (values == 0) return std::nullopt;
  if (values > 1) return invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  const auto algorithm = algorithm_of_header(found);
  if (!algorithm) return invalid("The checksum header " + std::string(found) + " is not supported.");
  return ChecksumHeader{*algorithm, value};
}

ApiResult<ChecksumRequest> parse_checksum_request(const Authenticated& who) {
  ChecksumRequest request;
  request.sha256 = who.content_sha256;
  API_TRY(request.md5, parse_content_md5(who.headers));
  API_CHECK_OK(read_value_header(who.headers, request));
  API_CHECK_OK(read_trailer_header(who, request));
  if (const auto announced = who.headers.get("x-amz-sdk-checksum-algorithm")) {
    API_TRY(const ChecksumAlgorithm algorithm, parse_checksum_algorithm(*announced));
    if (!request.algorithm) {
      return invalid(
          "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were "
          "found.");
    }
    if (algorithm != *request.algorithm) return invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return request;
}

ApiResult<std::optional<std::string>> expected_checksum(const ChecksumRequest& request, const Trailers& trailers) {
  if (!request.from_trailer) return request.expected;
  const auto text = trailers.get(checksum_header(*request.algorithm));
  if (!text) return api_fail(ErrorCode::kMalformedTrailerError, "The announced checksum is missing from the trailer.");
  API_TRY(auto raw, parse_checksum_value(*request.algorithm, *text));
  return std::move(raw);
}

}  // namespace garage::api

// Every S3 error code that we answer with, its HTTP status and its usual message: the one table.
#pragma once

#include <cstdint>
#include <string_view>

namespace garage::api {

// In the order of the table in error_code.cpp (checked there), which is the alphabetical order of the names.
enum class ErrorCode : uint8_t {
  kAccessDenied,
  kAccessForbidden,
  kAuthorizationHeaderMalformed,
  kAuthorizationQueryParametersError,
  kBadDigest,
  kBadRequest,
  kBucketAlreadyExists,
  kBucketAlreadyOwnedByYou,
  kBucketNotEmpty,
  kConditionalRequestConflict,
  kEntityTooLarge,
  kEntityTooSmall,
  kIncompleteBody,
  kInternalError,
  kInvalidAccessKeyId,
  kInvalidArgument,
  kInvalidBucketName,
  kInvalidBucketState,
  kInvalidDigest,
  kInvalidEncryptionAlgorithmError,
  kInvalidLocationConstraint,
  kInvalidPart,
  kInvalidPartOrder,
  kInvalidPolicyDocument,
  kInvalidRange,
  kInvalidRequest,
  kInvalidStorageClass,
  kInvalidTag,
  kInvalidUri,
  kKeyTooLongError,
  kMalformedPostRequest,
  kMalformedTrailerError,
  kMalformedXml,
  kMaxMessageLengthExceeded,
  kMaxPostPreDataLengthExceededError,
  kMetadataTooLarge,
  kMethodNotAllowed,
  kMissingContentLength,
  kNoSuchBucket,
  kNoSuchBucketPolicy,
  kNoSuchCorsConfiguration,
  kNoSuchKey,
  kNoSuchLifecycleConfiguration,
  kNoSuchPublicAccessBlockConfiguration,
  kNoSuchTagSet,
  kNoSuchUpload,
  kNoSuchVersion,
  kNoSuchWebsiteConfiguration,
  kNotImplemented,
  kObjectLockConfigurationNotFoundError,
  kOperationAborted,
  kOwnershipControlsNotFoundError,
  kPreconditionFailed,
  kQuotaExceeded,
  kReplicationConfigurationNotFoundError,
  kRequestTimeTooSkewed,
  kRequestTimeout,
  kServerSideEncryptionConfigurationNotFoundError,
  kServiceUnavailable,
  kSignatureDoesNotMatch,
  kSlowDown,
  kXAmzContentSha256Mismatch,
};

struct ErrorCodeInfo {
  ErrorCode code;
  std::string_view name;     // what clients act on
  int status;                // HTTP
  std::string_view message;  // said when the error brings no better one
};

const ErrorCodeInfo& info_of(ErrorCode code);
inline std::string_view to_string(ErrorCode code) {
  return info_of(code).name;
}
inline int status_of(ErrorCode code) {
  return info_of(code).status;
}

}  // namespace garage::api

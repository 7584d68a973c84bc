#include "api/error_code.hpp"

#include <array>
#include <cstddef>

namespace garage::api {
namespace {

using enum ErrorCode;

constexpr std::array kTable = {
    ErrorCodeInfo{kAccessDenied, "AccessDenied", 403, "Access Denied"},
    ErrorCodeInfo{kAccessForbidden, "AccessForbidden", 403, "This CORS request is not allowed."},
    ErrorCodeInfo{kAuthorizationHeaderMalformed, "AuthorizationHeaderMalformed", 400,
                  "The authorization header you provided is malformed."},
    ErrorCodeInfo{kAuthorizationQueryParametersError, "AuthorizationQueryParametersError", 400,
                  "The query parameters that carry the signature are malformed."},
    ErrorCodeInfo{kBadDigest, "BadDigest", 400, "The checksum you specified did not match what we received."},
    ErrorCodeInfo{kBadRequest, "BadRequest", 400, "The request cannot be understood."},
    ErrorCodeInfo{kBucketAlreadyExists, "BucketAlreadyExists", 409, "The requested bucket name is not available."},
    ErrorCodeInfo{kBucketAlreadyOwnedByYou, "BucketAlreadyOwnedByYou", 409,
                  "The bucket you tried to create already exists, and you own it."},
    ErrorCodeInfo{kBucketNotEmpty, "BucketNotEmpty", 409, "The bucket you tried to delete is not empty."},
    ErrorCodeInfo{kConditionalRequestConflict, "ConditionalRequestConflict", 409,
                  "A conflicting operation occurred during this conditional request. Try again."},
    ErrorCodeInfo{kEntityTooLarge, "EntityTooLarge", 400, "Your upload exceeds the maximum allowed size."},
    ErrorCodeInfo{kEntityTooSmall, "EntityTooSmall", 400, "Your upload is smaller than the minimum allowed size."},
    ErrorCodeInfo{kIncompleteBody, "IncompleteBody", 400,
                  "The request body is not as long as its headers say, or its framing is broken."},
    ErrorCodeInfo{kInternalError, "InternalError", 500, "We encountered an internal error. Please try again."},
    ErrorCodeInfo{kInvalidAccessKeyId, "InvalidAccessKeyId", 403,
                  "The access key id you provided does not exist in our records."},
    ErrorCodeInfo{kInvalidArgument, "InvalidArgument", 400, "Invalid argument."},
    ErrorCodeInfo{kInvalidBucketName, "InvalidBucketName", 400, "The specified bucket name is not valid."},
    ErrorCodeInfo{kInvalidBucketState, "InvalidBucketState", 409,
                  "The request is not valid with the current state of the bucket."},
    ErrorCodeInfo{kInvalidDigest, "InvalidDigest", 400, "The Content-MD5 you specified is not valid."},
    ErrorCodeInfo{kInvalidEncryptionAlgorithmError, "InvalidEncryptionAlgorithmError", 400,
                  "The encryption algorithm you specified is not valid. Valid value: AES256."},
    ErrorCodeInfo{kInvalidLocationConstraint, "InvalidLocationConstraint", 400,
                  "The specified location constraint is not valid."},
    ErrorCodeInfo{kInvalidPart, "InvalidPart", 400,
                  "One or more of the specified parts could not be found, or their entity tags do not match."},
    ErrorCodeInfo{kInvalidPartOrder, "InvalidPartOrder", 400, "The list of parts was not in ascending order."},
    ErrorCodeInfo{kInvalidPolicyDocument, "InvalidPolicyDocument", 400,
                  "The content of the form does not meet the conditions of the policy document."},
    ErrorCodeInfo{kInvalidRange, "InvalidRange", 416, "The requested range is not satisfiable."},
    ErrorCodeInfo{kInvalidRequest, "InvalidRequest", 400, "The request is not valid."},
    ErrorCodeInfo{kInvalidStorageClass, "InvalidStorageClass", 400, "The storage class you specified is not valid."},
    ErrorCodeInfo{kInvalidTag, "InvalidTag", 400, "The tag you provided is not valid."},
    ErrorCodeInfo{kInvalidUri, "InvalidURI", 400, "Couldn't parse the specified URI."},
    ErrorCodeInfo{kKeyTooLongError, "KeyTooLongError", 400, "Your key is too long."},
    ErrorCodeInfo{kMalformedPostRequest, "MalformedPOSTRequest", 400,
                  "The body of your POST request is not well-formed multipart/form-data."},
    ErrorCodeInfo{kMalformedTrailerError, "MalformedTrailerError", 400,
                  "The request contained trailing data that was not well-formed."},
    ErrorCodeInfo{kMalformedXml, "MalformedXML", 400,
                  "The XML you provided was not well-formed or did not validate against our published schema."},
    ErrorCodeInfo{kMaxMessageLengthExceeded, "MaxMessageLengthExceeded", 400, "Your request was too big."},
    ErrorCodeInfo{kMaxPostPreDataLengthExceededError, "MaxPostPreDataLengthExceededError", 400,
                  "The form fields that precede the file were too large."},
    ErrorCodeInfo{kMetadataTooLarge, "MetadataTooLarge", 400,
                  "Your metadata headers exceed the maximum allowed metadata size."},
    ErrorCodeInfo{kMethodNotAllowed, "MethodNotAllowed", 405,
                  "The specified method is not allowed against this resource."},
    ErrorCodeInfo{kMissingContentLength, "MissingContentLength", 411, "You must provide the Content-Length header."},
    ErrorCodeInfo{kNoSuchBucket, "NoSuchBucket", 404, "The specified bucket does not exist."},
    ErrorCodeInfo{kNoSuchBucketPolicy, "NoSuchBucketPolicy", 404, "The bucket policy does not exist."},
    ErrorCodeInfo{kNoSuchCorsConfiguration, "NoSuchCORSConfiguration", 404, "The CORS configuration does not exist."},
    ErrorCodeInfo{kNoSuchKey, "NoSuchKey", 404, "The specified key does not exist."},
    ErrorCodeInfo{kNoSuchLifecycleConfiguration, "NoSuchLifecycleConfiguration", 404,
                  "The lifecycle configuration does not exist."},
    ErrorCodeInfo{kNoSuchPublicAccessBlockConfiguration, "NoSuchPublicAccessBlockConfiguration", 404,
                  "The public access block configuration was not found."},
    ErrorCodeInfo{kNoSuchTagSet, "NoSuchTagSet", 404, "There is no tag set associated with the bucket."},
    ErrorCodeInfo{kNoSuchUpload, "NoSuchUpload", 404,
                  "The specified multipart upload does not exist. It may have been aborted or completed."},
    ErrorCodeInfo{kNoSuchVersion, "NoSuchVersion", 404, "The specified version does not exist."},
    ErrorCodeInfo{kNoSuchWebsiteConfiguration, "NoSuchWebsiteConfiguration", 404,
                  "The bucket does not have a website configuration."},
    ErrorCodeInfo{kNotImplemented, "NotImplemented", 501, "This functionality is not implemented."},
    ErrorCodeInfo{kObjectLockConfigurationNotFoundError, "ObjectLockConfigurationNotFoundError", 404,
                  "Object lock configuration does not exist for this bucket."},
    ErrorCodeInfo{kOperationAborted, "OperationAborted", 409,
                  "A conflicting operation is in progress against this resource. Try again."},
    ErrorCodeInfo{kOwnershipControlsNotFoundError, "OwnershipControlsNotFoundError", 404,
                  "The bucket ownership controls were not found."},
    ErrorCodeInfo{kPreconditionFailed, "PreconditionFailed", 412,
                  "At least one of the preconditions you specified did not hold."},
    ErrorCodeInfo{kQuotaExceeded, "QuotaExceeded", 403, "The quota of the bucket is exhausted."},
    ErrorCodeInfo{kReplicationConfigurationNotFoundError, "ReplicationConfigurationNotFoundError", 404,
                  "The replication configuration was not found."},
    ErrorCodeInfo{kRequestTimeTooSkewed, "RequestTimeTooSkewed", 403,
                  "The difference between the request time and the server's time is too large."},
    ErrorCodeInfo{kRequestTimeout, "RequestTimeout", 400,
                  "Your connection to the server was not read from or written to within the timeout period."},
    ErrorCodeInfo{kServerSideEncryptionConfigurationNotFoundError, "ServerSideEncryptionConfigurationNotFoundError",
                  404, "The server side encryption configuration was not found."},
    ErrorCodeInfo{kServiceUnavailable, "ServiceUnavailable", 503,
                  "The service cannot handle the request now. Please try again."},
    ErrorCodeInfo{kSignatureDoesNotMatch, "SignatureDoesNotMatch", 403,
                  "The request signature we calculated does not match the signature you provided. Check your key and "
                  "signing method."},
    ErrorCodeInfo{kSlowDown, "SlowDown", 503, "Please reduce your request rate."},
    ErrorCodeInfo{kXAmzContentSha256Mismatch, "XAmzContentSHA256Mismatch", 400,
                  "The provided 'x-amz-content-sha256' header does not match what was computed."},
};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].code) != i) return false;
  }
  return static_cast<size_t>(kXAmzContentSha256Mismatch) + 1 == kTable.size();
}
static_assert(is_in_order(), "the table has one row for each code, in the order of the enumeration");

}  // namespace

const ErrorCodeInfo& info_of(ErrorCode code) {
  return kTable[static_cast<size_t>(code)];
}

}  // namespace garage::api

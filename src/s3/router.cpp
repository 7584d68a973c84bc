// Which operation does a request ask for? By method, by whether a bucket and a key are named, and by the sub-resource
// in the query.
#include <algorithm>
#include <array>
#include <optional>

#include "s3/operations.hpp"

namespace garage::s3 {
namespace {

using http::Method;

enum class Target : unsigned char { kService, kBucket, kObject };

struct Route {
  Method method;
  Target target;
  std::string_view keyword;  // sub-resource in the query; empty: none
  Operation operation;
};

constexpr std::array<std::string_view, 2> kOfWrite{"if-match", "if-none-match"};
constexpr std::array<std::string_view, 3> kOfDelete{"if-match", "x-amz-if-match-last-modified-time",
                                                    "x-amz-if-match-size"};
constexpr std::array<std::string_view, 4> kOfSource{"x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match",
                                                    "x-amz-copy-source-if-modified-since",
                                                    "x-amz-copy-source-if-unmodified-since"};
constexpr std::array<std::string_view, 6> kOfCopy{kOfWrite[0],  kOfWrite[1],  kOfSource[0],
                                                  kOfSource[1], kOfSource[2], kOfSource[3]};

constexpr Operation kNotImplemented{"NotImplemented", Right::kOwner, not_implemented};

constexpr Operation kMethodNotAllowed{"MethodNotAllowed", Right::kAnySigned, method_not_allowed, false};

constexpr std::array kRoutes{
    Route{Method::kGet, Target::kService, "", {"ListBuckets", Right::kAnySigned, list_buckets, false}},

    Route{Method::kPut, Target::kBucket, "", {"CreateBucket", Right::kAnySigned, create_bucket, false}},
    Route{Method::kHead, Target::kBucket, "", {"HeadBucket", Right::kRead, head_bucket}},
    Route{Method::kDelete, Target::kBucket, "", {"DeleteBucket", Right::kOwner, delete_bucket}},
    Route{Method::kGet, Target::kBucket, "location", {"GetBucketLocation", Right::kRead, get_bucket_location}},
    Route{Method::kGet, Target::kBucket, "versioning", {"GetBucketVersioning", Right::kRead, get_bucket_versioning}},
    Route{Method::kGet, Target::kBucket, "acl", {"GetBucketAcl", Right::kRead, get_bucket_acl}},
    Route{Method::kGet, Target::kBucket, "versions", {"ListObjectVersions", Right::kRead, list_object_versions}},
    Route{Method::kGet, Target::kBucket, "uploads", {"ListMultipartUploads", Right::kRead, list_multipart_uploads}},
    Route{Method::kGet, Target::kBucket, "policy", {"GetBucketPolicy", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet,
          Target::kBucket,
          "policyStatus",
          {"GetBucketPolicyStatus", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet, Target::kBucket, "tagging", {"GetBucketTagging", Right::kOwner, get_bucket_tagging}},
    Route{Method::kGet, Target::kBucket, "lifecycle", {"GetBucketLifecycle", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet, Target::kBucket, "cors", {"GetBucketCors", Right::kOwner, get_bucket_cors}},
    Route{Method::kGet, Target::kBucket, "website", {"GetBucketWebsite", Right::kOwner, get_bucket_website}},
    Route{
        Method::kGet, Target::kBucket, "encryption", {"GetBucketEncryption", Right::kOwner, get_absent_configuration}},
    Route{
        Method::kGet, Target::kBucket, "object-lock", {"GetBucketObjectLock", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet,
          Target::kBucket,
          "publicAccessBlock",
          {"GetBucketPublicAccessBlock", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet,
          Target::kBucket,
          "ownershipControls",
          {"GetBucketOwnershipControls", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet,
          Target::kBucket,
          "replication",
          {"GetBucketReplication", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet,
          Target::kBucket,
          "notification",
          {"GetBucketNotification", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet, Target::kBucket, "logging", {"GetBucketLogging", Right::kOwner, get_absent_configuration}},
    Route{
        Method::kGet, Target::kBucket, "accelerate", {"GetBucketAccelerate", Right::kOwner, get_absent_configuration}},
    Route{Method::kGet,
          Target::kBucket,
          "requestPayment",
          {"GetBucketRequestPayment", Right::kOwner, get_absent_configuration}},
    Route{
        Method::kDelete, Target::kBucket, "policy", {"DeleteBucketPolicy", Right::kOwner, delete_absent_configuration}},
    Route{Method::kDelete, Target::kBucket, "tagging", {"DeleteBucketTagging", Right::kOwner, delete_bucket_tagging}},
    Route{Method::kDelete,
          Target::kBucket,
          "lifecycle",
          {"DeleteBucketLifecycle", Right::kOwner, delete_absent_configuration}},
    Route{Method::kDelete, Target::kBucket, "cors", {"DeleteBucketCors", Right::kOwner, delete_bucket_cors}},
    Route{Method::kDelete, Target::kBucket, "website", {"DeleteBucketWebsite", Right::kOwner, delete_bucket_website}},
    Route{Method::kDelete,
          Target::kBucket,
          "encryption",
          {"DeleteBucketEncryption", Right::kOwner, delete_absent_configuration}},
    Route{Method::kDelete,
          Target::kBucket,
          "publicAccessBlock",
          {"DeleteBucketPublicAccessBlock", Right::kOwner, delete_absent_configuration}},
    Route{Method::kDelete,
          Target::kBucket,
          "ownershipControls",
          {"DeleteBucketOwnershipControls", Right::kOwner, delete_absent_configuration}},
    Route{Method::kDelete,
          Target::kBucket,
          "replication",
          {"DeleteBucketReplication", Right::kOwner, delete_absent_configuration}},
    Route{Method::kPut, Target::kBucket, "object-lock", {"PutObjectLockConfiguration", Right::kOwner, put_object_lock}},
    Route{Method::kPut, Target::kBucket, "cors", {"PutBucketCors", Right::kOwner, put_bucket_cors}},
    Route{Method::kPut, Target::kBucket, "website", {"PutBucketWebsite", Right::kOwner, put_bucket_website}},
    Route{Method::kPut, Target::kBucket, "tagging", {"PutBucketTagging", Right::kOwner, put_bucket_tagging}},
    Route{Method::kPut, Target::kBucket, "acl", {"PutBucketAcl", Right::kOwner, put_acl}},
    Route{Method::kPost, Target::kBucket, "delete", {"DeleteObjects", Right::kWrite, delete_objects}},
    Route{Method::kPost, Target::kBucket, "", {"PostObject", Right::kWriteByForm, post_object}},

    Route{Method::kGet, Target::kObject, "", {"GetObject", Right::kRead, get_object}},
    Route{Method::kHead, Target::kObject, "", {"HeadObject", Right::kRead, head_object}},
    Route{Method::kPut, Target::kObject, "", {"PutObject", Right::kWrite, put_object, true, kOfWrite}},
    Route{Method::kDelete, Target::kObject, "", {"DeleteObject", Right::kWrite, delete_object, true, kOfDelete}},
    Route{Method::kGet, Target::kObject, "attributes", {"GetObjectAttributes", Right::kRead, get_object_attributes}},
    Route{Method::kPut, Target::kObject, "acl", {"PutObjectAcl", Right::kWrite, put_acl}},
    Route{Method::kPut, Target::kObject, "tagging", {"PutObjectTagging", Right::kWrite, put_object_tagging}},
    Route{Method::kGet, Target::kObject, "tagging", {"GetObjectTagging", Right::kRead, get_object_tagging}},
    Route{Method::kDelete, Target::kObject, "tagging", {"DeleteObjectTagging", Right::kWrite, delete_object_tagging}},
    Route{Method::kGet, Target::kObject, "retention", {"GetObjectRetention", Right::kRead, object_lock_of_object}},
    Route{Method::kPut, Target::kObject, "retention", {"PutObjectRetention", Right::kWrite, object_lock_of_object}},
    Route{Method::kGet, Target::kObject, "legal-hold", {"GetObjectLegalHold", Right::kRead, object_lock_of_object}},
    Route{Method::kPut, Target::kObject, "legal-hold", {"PutObjectLegalHold", Right::kWrite, object_lock_of_object}},
    Route{Method::kGet, Target::kObject, "torrent", {"GetObjectTorrent", Right::kRead, get_object_torrent}},
    Route{Method::kGet, Target::kObject, "acl", {"GetObjectAcl", Right::kRead, get_object_acl}},
    Route{Method::kPost,
          Target::kObject,
          "uploads",
          {"CreateMultipartUpload", Right::kWrite, create_multipart_upload, true, kOfWrite}},
    Route{Method::kPut, Target::kObject, "uploadId", {"UploadPart", Right::kWrite, upload_part}},
    Route{Method::kPost,
          Target::kObject,
          "uploadId",
          {"CompleteMultipartUpload", Right::kWrite, complete_multipart_upload, true, kOfWrite}},
    Route{
        Method::kDelete, Target::kObject, "uploadId", {"AbortMultipartUpload", Right::kWrite, abort_multipart_upload}},
    Route{Method::kGet, Target::kObject, "uploadId", {"ListParts", Right::kRead, list_parts}},
};

constexpr Operation kListObjectsV1{"ListObjects", Right::kRead, list_objects_v1};
constexpr Operation kListObjectsV2{"ListObjectsV2", Right::kRead, list_objects_v2};
constexpr Operation kCopyObject{"CopyObject", Right::kWrite, copy_object, true, kOfCopy};
constexpr Operation kUploadPartCopy{"UploadPartCopy", Right::kWrite, upload_part_copy, true, kOfSource};

// Words of the query that choose an operation; several of them in one request contradict each other.
constexpr std::array<std::string_view, 41> kKeywords{"abac",
                                                     "accelerate",
                                                     "acl",
                                                     "analytics",
                                                     "annotation",
                                                     "attributes",
                                                     "cors",
                                                     "delete",
                                                     "encryption",
                                                     "intelligent-tiering",
                                                     "inventory",
                                                     "legal-hold",
                                                     "lifecycle",
                                                     "location",
                                                     "logging",
                                                     "metadataAnnotationTable",
                                                     "metadataConfiguration",
                                                     "metadataInventoryTable",
                                                     "metadataJournalTable",
                                                     "metadataTable",
                                                     "metrics",
                                                     "notification",
                                                     "object-lock",
                                                     "ownershipControls",
                                                     "policy",
                                                     "policyStatus",
                                                     "publicAccessBlock",
                                                     "renameObject",
                                                     "replication",
                                                     "requestPayment",
                                                     "restore",
                                                     "retention",
                                                     "select",
                                                     "session",
                                                     "tagging",
                                                     "torrent",
                                                     "uploadId",
                                                     "uploads",
                                                     "versioning",
                                                     "versions",
                                                     "website"};

// What else the query of a request that changes something may hold: values for what a keyword chose, and signatures
// (of presigned requests of version 2 with the headers that were moved into them).
constexpr std::array<std::string_view, 7> kOfChanges{"partNumber", "versionId",   "AWSAccessKeyId", "Signature",
                                                     "Expires",    "content-md5", "content-type"};

// The sub-resource of a newer API, or of another store: whoever sends it does not want the plain operation. In S3 names
// with x- in front are the client's own, except those of signatures and signed headers, which it has in both cases.
bool means_something_unknown(std::string_view name) {
  if (name.starts_with("x-") || name.starts_with("X-") || name.starts_with("response-")) return false;
  return std::ranges::find(kKeywords, name) == kKeywords.end() &&
         std::ranges::find(kOfChanges, name) == kOfChanges.end();
}

bool changes_something_unknown(const http::Request& request, const api::ParsedUri& uri) {
  if (request.method == Method::kGet || request.method == Method::kHead) return false;
  return std::ranges::any_of(uri.query,
                             [](const api::QueryParam& parameter) { return means_something_unknown(parameter.name); });
}

api::ApiResult<std::string_view> keyword_of(const api::ParsedUri& uri) {
  std::string_view found;
  for (const auto& parameter : uri.query) {
    if (!(std::ranges::find(kKeywords, parameter.name) != kKeywords.end())) continue;
    if (!found.empty()) {
      return api::api_fail(api::ErrorCode::kInvalidRequest, "the query names two sub-resources: " + std::string(found) +
                                                                " and " + std::string(parameter.name));
    }
    found = parameter.name;
  }
  return found;
}

// What would single out a part or a version, where the operation concerns another one or the whole.
api::ApiResult<void> check_selectors(const http::Request& request, const api::ParsedUri& uri,
                                     std::string_view keyword) {
  if (request.method == Method::kGet || request.method == Method::kHead) return {};
  if (uri.query.has("partNumber") && keyword != "uploadId") {
    return api::api_fail(api::ErrorCode::kInvalidArgument, "A part number goes with an upload id.");
  }
  const bool makes_current = request.method == Method::kPut && keyword.empty();
  if (uri.query.has("versionId") && (makes_current || keyword == "uploads" || keyword == "uploadId")) {
    return api::api_fail(api::ErrorCode::kInvalidArgument, "This operation does not accept a version id.");
  }
  return {};
}

Target target_of(const api::ObjectAddress& address) {
  if (address.bucket.empty()) return Target::kService;
  return address.key.empty() ? Target::kBucket : Target::kObject;
}

}  // namespace

api::ApiResult<const Operation*> route(const http::Request& request, const api::ParsedUri& uri,
                                       const api::ObjectAddress& address, const api::EffectiveHeaders& headers) {
  const Target target = target_of(address);
  if (request.method == Method::kOther) return &kMethodNotAllowed;
  API_TRY(const std::string_view keyword, keyword_of(uri));
  if (target == Target::kBucket && request.method == Method::kGet && keyword.empty()) {
    const auto type = uri.query.get("list-type");
    if (!type) return &kListObjectsV1;
    if (*type == "2") return &kListObjectsV2;
    return api::api_fail(api::ErrorCode::kInvalidArgument, "list-type must be 2");
  }
  if (target == Target::kObject) API_CHECK_OK(check_selectors(request, uri, keyword));
  if (target != Target::kService && changes_something_unknown(request, uri)) return &kNotImplemented;
  if (target == Target::kObject && request.method == Method::kPut && headers.has("x-amz-copy-source")) {
    if (keyword.empty()) return &kCopyObject;
    if (keyword == "uploadId") return &kUploadPartCopy;
  }
  const auto found = std::ranges::find_if(kRoutes, [&](const Route& route) {
    return route.method == request.method && route.target == target && route.keyword == keyword;
  });
  if (found != kRoutes.end()) return &found->operation;
  if (keyword.empty() || target == Target::kService) return &kMethodNotAllowed;
  return &kNotImplemented;
}

}  // namespace garage::s3

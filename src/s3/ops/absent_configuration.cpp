// Questions about settings that buckets cannot have yet. The truth is that there is none: that is what these answer.
// Setting one is another operation, and refused (not_implemented.cpp).
#include <array>

#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/version_id.hpp"

namespace garage::s3 {
namespace {

using api::ErrorCode;

struct Absent {
  std::string_view keyword;
  ErrorCode code;
};
constexpr std::array kAbsent{
    Absent{"policy", ErrorCode::kNoSuchBucketPolicy},
    Absent{"lifecycle", ErrorCode::kNoSuchLifecycleConfiguration},
    Absent{"encryption", ErrorCode::kServerSideEncryptionConfigurationNotFoundError},
    Absent{"object-lock", ErrorCode::kObjectLockConfigurationNotFoundError},
    Absent{"publicAccessBlock", ErrorCode::kNoSuchPublicAccessBlockConfiguration},
    Absent{"ownershipControls", ErrorCode::kOwnershipControlsNotFoundError},
    Absent{"replication", ErrorCode::kReplicationConfigurationNotFoundError},
};

// Documents that say "nothing is configured".
struct Empty {
  std::string_view keyword;
  std::string_view root;
  std::string_view element;  // may be empty
  std::string_view text;
};
constexpr std::array kEmpty{
    Empty{"notification", "NotificationConfiguration", "", ""},
    Empty{"logging", "BucketLoggingStatus", "", ""},
    Empty{"accelerate", "AccelerateConfiguration", "", ""},
    Empty{"requestPayment", "RequestPaymentConfiguration", "Payer", "BucketOwner"},
    Empty{"policyStatus", "PolicyStatus", "IsPublic", "false"},
};

constexpr std::string_view kNoLock = "Bucket is missing Object Lock Configuration";

}  // namespace

Task<Reply> get_absent_configuration(Call& call) {
  for (const auto& [keyword, code] : kAbsent) {
    if (call.uri.query.has(keyword)) co_return api::api_fail(code);
  }
  for (const auto& empty : kEmpty) {
    if (!call.uri.query.has(empty.keyword)) continue;
    std::string body;
    codec::XmlWriter xml(body);
    open_document(xml, empty.root);
    if (!empty.element.empty()) xml.element(empty.element, empty.text);
    xml.close();
    co_return xml_reply(std::move(body));
  }
  co_return co_await not_implemented(call);
}

Task<Reply> delete_absent_configuration(Call&) {
  co_return empty_reply(204);
}

// Object lock: no bucket has it.
Task<Reply> put_object_lock(Call&) {
  co_return api::api_fail(ErrorCode::kInvalidBucketState,
                          "Object Lock configuration cannot be enabled on existing buckets");
}
Task<Reply> object_lock_of_object(Call&) {
  co_return api::api_fail(ErrorCode::kInvalidRequest, std::string(kNoLock));
}

// "private" is what every bucket and object is: asking for it changes nothing.
Task<Reply> put_acl(Call& call) {
  const bool wants_private = call.headers().get("x-amz-acl") == "private";
  bool grants = false;
  call.headers().for_each(
      [&grants](std::string_view name, std::string_view) { grants |= name.starts_with("x-amz-grant-"); });
  const bool has_body = call.request.chunked || call.request.content_length.value_or(0) > 0;
  if (!wants_private || grants || has_body) co_return co_await not_implemented(call);
  if (!call.address.key.empty()) {
    CO_API_CHECK_OK(require_null_version(call));
    CO_API_TRY(const auto object, co_await call.backend.objects.head(call.bucket_ref(), call.address.key));
    if (!object) co_return api::api_fail(ErrorCode::kNoSuchKey);
  }
  co_return empty_reply(200);
}

}  // namespace garage::s3

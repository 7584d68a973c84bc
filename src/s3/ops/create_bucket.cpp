#include "codec/xml_node.hpp"
#include "model/bucket_name.hpp"
#include "s3/document.hpp"
#include "s3/known_settings.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kDocumentBytesMax = 64 << 10;

api::ApiResult<void> check_location(const std::string& document, const std::string& region) {
  if (document.find_first_not_of(" \t\r\n") == std::string::npos) return {};
  const auto root = codec::parse_xml(document);
  if (!root || root->name() != "CreateBucketConfiguration") return api::api_fail(api::ErrorCode::kMalformedXml);
  const auto location = root->text_of("LocationConstraint");
  if (!location || location->empty() || *location == region) return {};
  return api::api_fail(
      api::ErrorCode::kInvalidLocationConstraint,
      "Cannot satisfy location constraint " + std::string(*location) + ": buckets can only be created in " + region);
}

// Headers that would make another bucket than we can.
api::ApiResult<void> refuse_unbuilt(const api::EffectiveHeaders& headers) {
  const auto refuse = [](std::string_view name) {
    return api::api_fail(api::ErrorCode::kNotImplemented, "The header " + std::string(name) + " is not implemented.");
  };
  if (const auto acl = headers.get("x-amz-acl"); acl && *acl != "private") return refuse("x-amz-acl");
  for (std::string_view name : {"x-amz-grant-read", "x-amz-grant-write", "x-amz-grant-read-acp",
                                "x-amz-grant-write-acp", "x-amz-grant-full-control"}) {
    if (headers.has(name)) return refuse(name);
  }
  if (const auto lock = headers.get("x-amz-bucket-object-lock-enabled"); lock && *lock != "false" && *lock != "False") {
    return refuse("x-amz-bucket-object-lock-enabled");
  }
  if (const auto ownership = headers.get("x-amz-object-ownership"); ownership && *ownership != "BucketOwnerEnforced") {
    return refuse("x-amz-object-ownership");
  }
  return {};
}

http::Response created(const Call& call) {
  http::Response response = empty_reply(200);
  response.headers.add("location", "/" + call.address.bucket);
  return response;
}

// For a name that leads to this bucket already.
Task<Reply> answer_existing(Call& call, std::shared_ptr<const model::Bucket> existing) {
  const auto owner = co_await require_right(call, existing, call.address.bucket, Right::kOwner);
  // Nothing would change, so it is as the client wants it.
  if (owner) co_return created(call);
  if (owner.error().code != api::ErrorCode::kAccessDenied) co_return std::unexpected(owner.error());
  const bool is_known = existing->permission_of(call.key->id).write;
  co_return api::api_fail(is_known ? api::ErrorCode::kBucketAlreadyOwnedByYou : api::ErrorCode::kBucketAlreadyExists);
}

// Somebody took the name meanwhile, or this node had not heard of it: perhaps the same client, by another request.
Task<Reply> answer_taken(Call& call) {
  auto existing = co_await find_bucket(call, call.address.bucket);
  Reply answered = existing ? co_await answer_existing(call, *existing) : std::unexpected(existing.error());
  if (answered || answered.error().code != api::ErrorCode::kNoSuchBucket) co_return answered;
  co_return api::api_fail(api::ErrorCode::kBucketAlreadyExists);
}

}  // namespace

Task<Reply> create_bucket(Call& call) {
  const std::string name = call.address.bucket;
  CO_API_TRY(const std::string document, co_await read_document(call, kDocumentBytesMax));
  CO_API_CHECK_OK(check_location(document, call.backend.options.region));
  CO_API_CHECK_OK(refuse_unbuilt(call.headers()));
  if (!model::is_valid_bucket_name(name, call.backend.options.allow_punycode)) {
    co_return api::api_fail(api::ErrorCode::kInvalidBucketName);
  }
  if (auto existing = call.directory->resolve_bucket(name, call.key.get())) {
    auto answered = co_await answer_existing(call, std::move(existing));
    // Deleted a moment ago, of which this node had not heard.
    if (answered || answered.error().code != api::ErrorCode::kNoSuchBucket) co_return answered;
  }
  if (!call.key->may_create_buckets) CO_API_CHECK_OK(co_await look_at_key_again(call));
  if (!call.key->may_create_buckets) {
    co_return api::api_fail(api::ErrorCode::kAccessDenied,
                            "Access key " + call.key->id + " is not allowed to create buckets");
  }
  auto& settings = call.backend.settings;
  auto making = call.backend.options.bucket_namespace == BucketNamespace::kGlobal
                    ? settings.create_bucket(name, call.key->id, call.backend.options.default_spread)
                    : settings.create_local_bucket(call.key->id, name);
  auto made = co_await std::move(making);
  if (made) co_return created(call);
  if (made.error().kind == ErrorKind::kExists) co_return co_await answer_taken(call);
  if (made.error().kind == ErrorKind::kInvalid) co_return api::api_fail(api::ErrorCode::kInvalidBucketName);
  co_return std::unexpected(api::from(made.error()));
}

}  // namespace garage::s3

#include "api/tagging.hpp"
#include "codec/xml_node.hpp"
#include "model/bucket_name.hpp"
#include "s3/document.hpp"
#include "s3/known_settings.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/tag_document.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kDocumentBytesMax = 64 << 10;

// The tags that the bucket is to have. InvalidLocationConstraint for another region than ours; of what would make
// another kind of bucket than we can (Location, Bucket, what is to come), NotImplemented.
api::ApiResult<api::Tags> read_configuration(const std::string& document, const std::string& region) {
  if (document.find_first_not_of(" \t\r\n") == std::string::npos) return api::Tags();
  const auto root = codec::parse_xml(document);
  if (!root || root->name() != "CreateBucketConfiguration") return api::api_fail(api::ErrorCode::kMalformedXml);
  for (const auto& child : root->children()) {
    if (child.name() == "LocationConstraint" || child.name() == "Tags") continue;
    return api::api_fail(api::ErrorCode::kNotImplemented,
                         "The element " + child.name() + " of CreateBucketConfiguration is not implemented.");
  }
  const auto location = root->text_of("LocationConstraint");
  if (!location || location->empty() || *location == region) {
    const auto* tags = root->child("Tags");
    return tags == nullptr ? api::Tags() : tags_of_set(*tags, api::kBucketTagsMax);
  }
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

model::Bucket wanted_bucket(const Call& call, api::Tags tags) {
  model::Bucket bucket;
  bucket.spread = call.backend.options.default_spread;
  bucket.creator = call.key->id;
  bucket.permissions[bucket.creator] = {true, true, true};
  bucket.tags = std::move(tags);
  if (call.backend.options.bucket_namespace == BucketNamespace::kGlobal) {
    bucket.global_aliases.insert(call.address.bucket);
  } else {
    bucket.local_aliases.emplace(bucket.creator, call.address.bucket);
  }
  return bucket;
}

// For a name that leads to this bucket already.
Task<Reply> answer_existing(Call& call, std::shared_ptr<const model::Bucket> existing, api::Tags tags) {
  const auto owner = co_await require_right(call, existing, call.address.bucket, Right::kOwner);
  // Where nothing would change, it is as the client wants it.
  if (owner && (tags.empty() || tags == existing->tags)) co_return created(call);
  if (owner) co_return api::api_fail(api::ErrorCode::kBucketAlreadyOwnedByYou);
  if (owner.error().code != api::ErrorCode::kAccessDenied) co_return std::unexpected(owner.error());
  const bool is_known = existing->permission_of(call.key->id).write;
  co_return api::api_fail(is_known ? api::ErrorCode::kBucketAlreadyOwnedByYou : api::ErrorCode::kBucketAlreadyExists);
}

// Somebody took the name meanwhile, or this node had not heard of it: perhaps the same client, by another request.
Task<Reply> answer_taken(Call& call, api::Tags tags) {
  auto existing = co_await find_bucket(call, call.address.bucket);
  if (existing) {
    auto answered = co_await answer_existing(call, std::move(*existing), std::move(tags));
    if (answered || answered.error().code != api::ErrorCode::kNoSuchBucket) co_return answered;
  } else if (existing.error().code != api::ErrorCode::kNoSuchBucket) {
    co_return std::unexpected(existing.error());
  }
  co_return api::api_fail(api::ErrorCode::kBucketAlreadyExists);
}

}  // namespace

Task<Reply> create_bucket(Call& call) {
  const std::string name = call.address.bucket;
  CO_API_TRY(const std::string document, co_await read_document(call, kDocumentBytesMax));
  CO_API_TRY(const api::Tags tags, read_configuration(document, call.backend.options.region));
  CO_API_CHECK_OK(refuse_unbuilt(call.headers()));
  if (!model::is_valid_bucket_name(name, call.backend.options.allow_punycode)) {
    co_return api::api_fail(api::ErrorCode::kInvalidBucketName);
  }
  if (auto existing = call.directory->resolve_bucket(name, call.key.get())) {
    auto answered = co_await answer_existing(call, std::move(existing), tags);
    // Deleted a moment ago, of which this node had not heard.
    if (answered || answered.error().code != api::ErrorCode::kNoSuchBucket) co_return answered;
  }
  if (!call.key->may_create_buckets) CO_API_CHECK_OK(co_await look_at_key_again(call));
  if (!call.key->may_create_buckets) {
    co_return api::api_fail(api::ErrorCode::kAccessDenied,
                            "Access key " + call.key->id + " is not allowed to create buckets");
  }
  auto made = co_await call.backend.settings.create_bucket(wanted_bucket(call, tags));
  if (made) co_return created(call);
  if (made.error().kind == ErrorKind::kExists) co_return co_await answer_taken(call, tags);
  if (made.error().kind == ErrorKind::kInvalid) co_return api::api_fail(api::ErrorCode::kInvalidBucketName);
  co_return std::unexpected(api::from(made.error()));
}

}  // namespace garage::s3

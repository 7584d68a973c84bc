// Get-, Put- and DeleteBucketTagging; Get-, Put- and DeleteObjectTagging.
#include "api/tagging.hpp"

#include "s3/bucket_change.hpp"
#include "s3/document.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/tag_document.hpp"
#include "s3/version_id.hpp"

namespace garage::s3 {
namespace {

using api::ErrorCode;

constexpr size_t kDocumentBytesMax = 64 << 10;

Task<api::ApiResult<api::Tags>> read_tags(Call& call, size_t tags_max) {
  CO_API_TRY(const codec::XmlNode root, co_await read_xml(call, "Tagging", kDocumentBytesMax));
  co_return tags_of_xml(root, tags_max);
}

Reply tags_reply(const api::Tags& tags) {
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "Tagging");
  xml.open("TagSet");
  for (const auto& [key, value] : tags) {
    xml.open("Tag");
    xml.element("Key", key);
    xml.element("Value", value);
    xml.close();
  }
  xml.close();
  xml.close();
  return xml_reply(std::move(body));
}

// Without changing when the object was last modified.
Task<Reply> set_object_tags(Call& call, std::string tagging, int status) {
  CO_API_CHECK_OK(require_null_version(call));
  const auto edit = [tagging](model::ObjectVersion& version) -> Result<void> {
    std::erase_if(version.headers, [](const auto& header) { return header.first == api::kTaggingHeader; });
    if (!tagging.empty()) version.headers.emplace_back(api::kTaggingHeader, tagging);
    return {};
  };
  const auto edited = co_await call.backend.objects.edit(call.bucket_ref(), call.address.key, edit);
  if (edited) co_return empty_reply(status);
  if (edited.error().kind == ErrorKind::kNotFound) co_return api::api_fail(ErrorCode::kNoSuchKey);
  co_return std::unexpected(api::from(edited.error()));
}

}  // namespace

Task<Reply> get_bucket_tagging(Call& call) {
  if (call.bucket->tags.empty()) co_return api::api_fail(ErrorCode::kNoSuchTagSet);
  co_return tags_reply(call.bucket->tags);
}

Task<Reply> put_bucket_tagging(Call& call) {
  CO_API_TRY(const auto tags, co_await read_tags(call, api::kBucketTagsMax));
  const auto edit = [tags](model::Bucket& bucket) -> Result<void> {
    bucket.tags = tags;
    return {};
  };
  co_return co_await change_bucket(call, edit, 204);
}

Task<Reply> delete_bucket_tagging(Call& call) {
  const auto edit = [](model::Bucket& bucket) -> Result<void> {
    bucket.tags.clear();
    return {};
  };
  co_return co_await change_bucket(call, edit, 204);
}

Task<Reply> get_object_tagging(Call& call) {
  CO_API_CHECK_OK(require_null_version(call));
  CO_API_TRY(const auto object, co_await call.backend.objects.head(call.bucket_ref(), call.address.key));
  if (!object) co_return api::api_fail(ErrorCode::kNoSuchKey);
  api::Tags tags;
  if (const auto* stored = object->version.header(api::kTaggingHeader)) {
    CO_API_TRY(tags, api::parse_tagging(*stored));
  }
  co_return tags_reply(tags);
}

Task<Reply> put_object_tagging(Call& call) {
  CO_API_TRY(const auto tags, co_await read_tags(call, api::kObjectTagsMax));
  co_return co_await set_object_tags(call, api::render_tagging(tags), 200);
}

Task<Reply> delete_object_tagging(Call& call) {
  co_return co_await set_object_tags(call, "", 204);
}

}  // namespace garage::s3

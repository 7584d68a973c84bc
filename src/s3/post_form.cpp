#include "s3/post_form.hpp"

#include <cstring>

#include "codec/base64.hpp"
#include "s3/tag_document.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kTaggingBytesMax = 64 << 10;

}  // namespace

api::ApiResult<StoredHeaders> form_headers(const api::FormFields& form) {
  StoredHeaders headers;
  for (const auto& field : form.fields) {
    if (field.name == "x-amz-website-redirect-location" && !field.value.empty()) {
      API_CHECK_OK(check_redirect(field.value));
    }
    const bool encoding = field.name == "content-encoding";
    if ((is_stored_header(field.name) || encoding) && !field.value.empty())
      headers.emplace_back(field.name, field.value);
  }
  API_CHECK_OK(check_stored_headers(headers));
  if (const auto document = form.get("tagging")) {
    const auto root = codec::parse_xml(*document, {.bytes_max = kTaggingBytesMax});
    if (!root || root->name() != "Tagging") return api::api_fail(api::ErrorCode::kMalformedXml);
    API_TRY(const auto tags, tags_of_xml(*root, api::kObjectTagsMax));
    if (!tags.empty()) headers.emplace_back(api::kTaggingHeader, api::render_tagging(tags));
  }
  return headers;
}

api::ApiResult<api::ChecksumRequest> form_checksums(const api::FormFields& form) {
  api::ChecksumRequest request;
  if (const auto md5 = form.get("content-md5")) {
    const auto raw = codec::from_base64(*md5);
    crypto::Md5Digest digest;
    if (!raw || raw->size() != digest.size()) return api::api_fail(api::ErrorCode::kInvalidDigest);
    std::memcpy(digest.data(), raw->data(), digest.size());
    request.md5 = digest;
  }
  for (const auto algorithm : api::kChecksumAlgorithms) {
    const auto text = form.get(api::checksum_header(algorithm));
    if (!text) continue;
    if (request.algorithm)
      return api::api_fail(api::ErrorCode::kInvalidRequest, "Expecting a single x-amz-checksum- field");
    request.algorithm = algorithm;
    API_TRY(request.expected, api::parse_checksum_value(algorithm, *text));
  }
  return request;
}

api::ApiResult<void> refuse_unbuilt_fields(const api::FormFields& form) {
  for (const auto& field : form.fields) {
    const bool harmless_acl = field.name == "acl" && field.value == "private";
    const bool unbuilt = field.name == "acl" || field.name.starts_with("x-amz-server-side-encryption") ||
                         field.name.starts_with("x-amz-object-lock-");
    if (unbuilt && !harmless_acl) {
      return api::api_fail(api::ErrorCode::kNotImplemented, "The field " + field.name + " is not implemented.");
    }
    if (field.name == "x-amz-storage-class" && field.value != "STANDARD")
      return api::api_fail(api::ErrorCode::kInvalidStorageClass);
  }
  return {};
}

std::optional<std::string> form_redirect(const api::FormFields& form) {
  auto url = form.get("success_action_redirect");
  if (!url) url = form.get("redirect");
  if (!url || !(url->starts_with("http://") || url->starts_with("https://"))) return std::nullopt;
  return std::string(*url);
}

}  // namespace garage::s3

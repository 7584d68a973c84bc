#include "s3/tag_document.hpp"

namespace garage::s3 {

api::ApiResult<api::Tags> tags_of_set(const codec::XmlNode& set, size_t tags_max) {
  api::Tags tags;
  for (const auto* tag : set.children("Tag")) {
    const auto key = tag->text_of("Key"), value = tag->text_of("Value");
    if (!key || !value) return api::api_fail(api::ErrorCode::kMalformedXml);
    API_CHECK_OK(api::add_tag(tags, std::string(*key), std::string(*value), tags_max));
  }
  return tags;
}

api::ApiResult<api::Tags> tags_of_xml(const codec::XmlNode& root, size_t tags_max) {
  const auto* set = root.child("TagSet");
  if (set == nullptr) return api::api_fail(api::ErrorCode::kMalformedXml);
  return tags_of_set(*set, tags_max);
}

}  // namespace garage::s3

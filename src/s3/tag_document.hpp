// The <Tagging> document, in bodies and in fields of forms.
#pragma once

#include "api/tagging.hpp"
#include "codec/xml_node.hpp"

namespace garage::s3 {

// MalformedXML, InvalidTag. The name of the root is checked already.
// `set`: the element around the tags.
api::ApiResult<api::Tags> tags_of_set(const codec::XmlNode& set, size_t tags_max);
api::ApiResult<api::Tags> tags_of_xml(const codec::XmlNode& root, size_t tags_max);

}  // namespace garage::s3

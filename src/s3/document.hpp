// Bodies that are documents.
#pragma once

#include <string>

#include "codec/xml_node.hpp"
#include "s3/call.hpp"

namespace garage::s3 {

// The whole body, verified against what the request promised. Empty where there is none.
Task<api::ApiResult<std::string>> read_document(Call& call, size_t bytes_max);
// The same, parsed; MalformedXML unless its root has that name.
Task<api::ApiResult<codec::XmlNode>> read_xml(Call& call, std::string root, size_t bytes_max);
// The same where x-amz-checksum-* headers speak of the object that the document completes, not of the document.
Task<api::ApiResult<codec::XmlNode>> read_completion_xml(Call& call, std::string root, size_t bytes_max);

}  // namespace garage::s3

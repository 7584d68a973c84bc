// The nested pieces that object versions and part attempts share on disk. Private to this module.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "codec/tlv.hpp"
#include "model/object_version.hpp"

namespace garage::model {

using HeaderPair = std::pair<std::string, std::string>;

std::string encode_checksum(const Checksum& checksum);
Result<Checksum> decode_checksum(std::string_view encoded);
std::string encode_header(const HeaderPair& header);
Result<HeaderPair> decode_header(std::string_view encoded);
codec::TlvWriter encode_body(const BodyPlace& body);
Result<BodyPlace> decode_body(std::string_view encoded);
codec::TlvWriter encode_part(const ObjectPart& part);
Result<ObjectPart> decode_part(std::string_view encoded);

}  // namespace garage::model

// Answers, and the pieces of XML that several of them share.
#pragma once

#include <string>
#include <string_view>

#include "api/shown_object.hpp"
#include "codec/xml_writer.hpp"
#include "http/response.hpp"
#include "model/access_key.hpp"
#include "model/object_version.hpp"
#include "s3/call.hpp"

namespace garage::s3 {

inline constexpr std::string_view kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

http::Response empty_reply(int status);
http::Response xml_reply(std::string body, int status = 200);

// Declaration and root element with the S3 namespace.
void open_document(codec::XmlWriter& xml, std::string_view root);

// <Owner> or another element with ID and DisplayName. `key_id` empty or unknown: the id alone.
void write_owner(codec::XmlWriter& xml, std::string_view element, const model::Directory& directory,
                 std::string_view key_id);

using api::quoted_etag;
// As clients see it: of a composite one with its number of parts.
std::string checksum_text(const model::Checksum& checksum, uint32_t parts);
// <ChecksumCRC32>...; and <ChecksumType>
void write_checksums(codec::XmlWriter& xml, const std::vector<model::Checksum>& checksums, uint32_t parts);
void add_checksum_headers(http::HeaderBlock& headers, const std::vector<model::Checksum>& checksums, uint32_t parts);

// Where an object can be fetched, for Location values.
std::string object_location(const Call& call, std::string_view key);

}  // namespace garage::s3

#include "s3/reply.hpp"

#include "api/checksums.hpp"
#include "codec/percent.hpp"

namespace garage::s3 {

http::Response empty_reply(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response xml_reply(std::string body, int status) {
  http::Response response;
  response.status = status;
  response.headers.add("content-type", "application/xml");
  response.body = std::move(body);
  return response;
}

void open_document(codec::XmlWriter& xml, std::string_view root) {
  xml.declaration();
  xml.open(root, {{"xmlns", kNamespace}});
}

void write_owner(codec::XmlWriter& xml, std::string_view element, const model::Directory& directory,
                 std::string_view key_id) {
  xml.open(element);
  xml.element("ID", key_id);
  const auto key = directory.key(key_id);
  xml.element("DisplayName", key ? std::string_view(key->name) : key_id);
  xml.close();
}

std::string checksum_text(const model::Checksum& checksum, uint32_t parts) {
  std::string text = api::render_checksum(checksum.bytes);
  if (checksum.type == crypto::ChecksumType::kComposite) text += "-" + std::to_string(parts);
  return text;
}

void write_checksums(codec::XmlWriter& xml, const std::vector<model::Checksum>& checksums, uint32_t parts) {
  for (const auto& checksum : checksums) {
    xml.element(api::checksum_xml_name(checksum.algorithm), checksum_text(checksum, parts));
  }
  if (!checksums.empty()) xml.element("ChecksumType", api::checksum_type_name(checksums.front().type));
}

void add_checksum_headers(http::HeaderBlock& headers, const std::vector<model::Checksum>& checksums, uint32_t parts) {
  for (const auto& checksum : checksums) {
    headers.add(api::checksum_header(checksum.algorithm), checksum_text(checksum, parts));
  }
  if (!checksums.empty()) headers.add("x-amz-checksum-type", api::checksum_type_name(checksums.front().type));
}

std::string object_location(const Call& call, std::string_view key) {
  const Options& options = call.backend.options;
  const std::string path = "/" + codec::percent_encode(key, true);
  const std::string& bucket = call.address.bucket;
  if (options.public_endpoint) {
    const size_t host = options.public_endpoint->find("://");
    if (options.public_endpoint_path_style || host == std::string::npos)
      return *options.public_endpoint + "/" + bucket + path;
    return options.public_endpoint->substr(0, host + 3) + bucket + "." + options.public_endpoint->substr(host + 3) +
           path;
  }
  if (!options.root_domain.empty()) {
    const size_t name = options.root_domain.find_first_not_of('.');
    if (name != std::string::npos) return "https://" + bucket + "." + options.root_domain.substr(name) + path;
  }
  return "/" + bucket + path;
}

}  // namespace garage::s3

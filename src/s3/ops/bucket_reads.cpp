// What can be asked of a bucket itself.
#include "s3/bucket_owner.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/version_id.hpp"

namespace garage::s3 {
namespace {

// Access is by keys and their rights on buckets; in terms of ACLs the owner alone has everything.
Reply owner_only_acl(const Call& call, std::string_view owner) {
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "AccessControlPolicy");
  write_owner(xml, "Owner", *call.directory, owner);
  xml.open("AccessControlList");
  xml.open("Grant");
  xml.open("Grantee", {{"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"}, {"xsi:type", "CanonicalUser"}});
  xml.element("ID", owner);
  const auto key = call.directory->key(owner);
  xml.element("DisplayName", key ? std::string_view(key->name) : owner);
  xml.close();
  xml.element("Permission", "FULL_CONTROL");
  xml.close();
  xml.close();
  xml.close();
  return xml_reply(std::move(body));
}

}  // namespace

Task<Reply> head_bucket(Call& call) {
  http::Response response = empty_reply(200);
  response.headers.add("x-amz-bucket-region", call.backend.options.region);
  co_return response;
}

Task<Reply> get_bucket_location(Call& call) {
  std::string body;
  codec::XmlWriter xml(body);
  xml.declaration();
  const std::string& region = call.backend.options.region;
  xml.element("LocationConstraint", {{"xmlns", kNamespace}},
              region == "us-east-1" ? std::string_view() : std::string_view(region));
  co_return xml_reply(std::move(body));
}

Task<Reply> get_bucket_versioning(Call&) {
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "VersioningConfiguration");
  xml.close();
  co_return xml_reply(std::move(body));
}

Task<Reply> get_bucket_acl(Call& call) {
  co_return owner_only_acl(call, owner_shown(call, *call.bucket));
}

Task<Reply> get_object_acl(Call& call) {
  CO_API_CHECK_OK(require_null_version(call));
  CO_API_TRY(const auto object, co_await call.backend.objects.head(call.bucket_ref(), call.address.key));
  if (!object) co_return api::api_fail(api::ErrorCode::kNoSuchKey);
  co_return owner_only_acl(call, object->version.writer);
}

}  // namespace garage::s3

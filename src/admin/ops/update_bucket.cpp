#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

// What a request changes: nullopt keeps.
struct BucketChanges {
  std::optional<std::optional<model::WebsiteConfig>> website;
  std::optional<model::Quotas> quotas;
};

AdminResult<std::optional<model::WebsiteConfig>> read_website(const Json& value) {
  const Fields fields(value);
  ADMIN_TRY(const auto enabled, fields.flag("enabled"));
  ADMIN_TRY(const auto index_document, fields.text("indexDocument"));
  ADMIN_TRY(const auto error_document, fields.text("errorDocument"));
  if (!enabled) return invalid_request("websiteAccess.enabled is missing");
  if (*enabled) {
    if (!index_document || index_document->empty()) {
      return invalid_request("Please specify indexDocument when enabling website access.");
    }
    return model::WebsiteConfig{.index_document = *index_document, .error_document = error_document};
  }
  if (index_document || error_document) {
    return invalid_request("Cannot specify indexDocument or errorDocument when disabling website access.");
  }
  return std::optional<model::WebsiteConfig>();
}

AdminResult<BucketChanges> read_changes(const Fields& fields) {
  BucketChanges out;
  if (const Json* website = fields.find("websiteAccess")) {
    ADMIN_TRY(out.website, read_website(*website));
  }
  if (const Json* quotas = fields.find("quotas")) {
    const Fields limits(*quotas);
    model::Quotas read;
    ADMIN_TRY(read.bytes_max, limits.number("maxSize"));
    ADMIN_TRY(read.objects_max, limits.number("maxObjects"));
    out.quotas = read;
  }
  for (std::string_view unbuilt : {"corsRules", "lifecycleRules"}) {
    if (fields.has(unbuilt)) return admin_fail("NotImplemented", 501, std::string(unbuilt) + " is not implemented yet");
  }
  return out;
}

}  // namespace

Task<Reply> update_bucket(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  CO_ADMIN_TRY(const auto bucket, bucket_by_id(*context.settings.directory(), id));
  CO_ADMIN_TRY(const auto changes, read_changes(fields));
  auto edited = co_await context.settings.edit_bucket(bucket->id, [changes](model::Bucket& target) -> Result<void> {
    if (changes.website) target.website = *changes.website;
    if (changes.quotas) target.quotas = *changes.quotas;
    return {};
  });
  if (!edited && edited.error().kind == ErrorKind::kNotFound) co_return no_such_bucket(id);
  CO_ADMIN_CHECK_OK(edited);
  co_return co_await bucket_info(context, bucket->id);
}

}  // namespace garage::admin

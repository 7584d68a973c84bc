#include "admin/bucket_rules.hpp"
#include "admin/fields.hpp"
#include "admin/render.hpp"

namespace garage::admin {
namespace {

// What a request changes: nullopt keeps.
struct WebsiteChange {
  bool enabled = false;
  std::string index_document;
  std::optional<std::string> error_document;
  std::optional<std::vector<model::RoutingRule>> routing_rules;
};
struct BucketChanges {
  std::optional<WebsiteChange> website;
  std::optional<model::Quotas> quotas;
  std::optional<model::CorsRules> cors;
};

AdminResult<WebsiteChange> read_website(const Json& value) {
  const Fields fields(value);
  ADMIN_TRY(const auto enabled, fields.flag("enabled"));
  ADMIN_TRY(const auto index_document, fields.text("indexDocument"));
  WebsiteChange out;
  ADMIN_TRY(out.error_document, fields.text("errorDocument"));
  if (!enabled) return invalid_request("websiteAccess.enabled is missing");
  out.enabled = *enabled;
  if (*enabled) {
    if (!index_document || index_document->empty()) {
      return invalid_request("Please specify indexDocument when enabling website access.");
    }
    out.index_document = *index_document;
    if (const Json* rules = fields.find("routingRules")) {
      ADMIN_TRY(out.routing_rules, read_routing_rules(*rules));
    }
  } else if (index_document || out.error_document) {
    return invalid_request("Cannot specify indexDocument or errorDocument when disabling website access.");
  }
  return out;
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
  if (const Json* rules = fields.find("corsRules")) {
    ADMIN_TRY(out.cors, read_cors_rules(*rules));
  }
  if (fields.has("lifecycleRules")) return admin_fail("NotImplemented", 501, "lifecycleRules is not implemented yet");
  return out;
}

Result<void> change_website(std::optional<model::WebsiteConfig>& website, const WebsiteChange& change) {
  if (!change.enabled) {
    website.reset();
    return {};
  }
  if (!website) website.emplace();
  website->index_document = change.index_document;
  website->error_document = change.error_document;
  website->redirect_all.reset();  // serves documents from now on
  if (change.routing_rules) website->routing_rules = *change.routing_rules;
  return model::check_website(*website);
}

// The rules are told in the words of S3, where they are about a document.
Result<void> without_document(Result<void> checked) {
  constexpr std::string_view kOfDocument = "Bad XML: ";
  if (!checked && checked.error().message.starts_with(kOfDocument))
    checked.error().message.erase(0, kOfDocument.size());
  return checked;
}

Result<void> change(model::Bucket& bucket, const BucketChanges& changes) {
  if (changes.website) CHECK_OK(without_document(change_website(bucket.website, *changes.website)));
  if (changes.cors) {
    CHECK_OK(without_document(model::check_cors(*changes.cors)));
    bucket.cors = changes.cors->empty() ? std::nullopt : changes.cors;
  }
  if (changes.quotas) bucket.quotas = *changes.quotas;
  return {};
}

}  // namespace

Task<Reply> update_bucket(Context& context, Json request) {
  const Fields fields(request);
  CO_ADMIN_TRY(const auto id, fields.required_text("id"));
  CO_ADMIN_TRY(const auto bucket, co_await bucket_by_id(context, id));
  CO_ADMIN_TRY(const auto changes, read_changes(fields));
  auto edit = [changes](model::Bucket& target) { return change(target, changes); };
  auto edited = co_await context.settings.edit_bucket(bucket->id, std::move(edit));
  if (!edited && edited.error().kind == ErrorKind::kNotFound) co_return no_such_bucket(id);
  CO_ADMIN_CHECK_OK(edited);
  co_return co_await changed_bucket_info(context, bucket->id);
}

}  // namespace garage::admin

// GetBucketWebsite, PutBucketWebsite, DeleteBucketWebsite
#include "s3/bucket_change.hpp"
#include "s3/document.hpp"
#include "s3/numbers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

using api::ErrorCode;

constexpr size_t kDocumentBytesMax = 256 << 10;

std::optional<std::string> text_of(const codec::XmlNode& node, std::string_view name) {
  const auto text = node.text_of(name);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

api::ApiResult<std::optional<uint32_t>> code_of(const codec::XmlNode& node, std::string_view name) {
  const auto text = node.text_of(name);
  if (!text) return std::optional<uint32_t>();
  const auto number = parse_number(*text);
  if (!number || *number > 999) return api::api_fail(ErrorCode::kMalformedXml);
  return std::optional(static_cast<uint32_t>(*number));
}

api::ApiResult<model::RoutingRule> read_rule(const codec::XmlNode& node) {
  model::RoutingRule rule;
  if (const auto* condition = node.child("Condition")) {
    rule.key_prefix = text_of(*condition, "KeyPrefixEquals");
    API_TRY(rule.error_code, code_of(*condition, "HttpErrorCodeReturnedEquals"));
  }
  const auto* redirect = node.child("Redirect");
  if (redirect == nullptr) return api::api_fail(ErrorCode::kMalformedXml);
  rule.host_name = text_of(*redirect, "HostName");
  rule.protocol = text_of(*redirect, "Protocol");
  rule.replace_prefix = text_of(*redirect, "ReplaceKeyPrefixWith");
  rule.replace_key = text_of(*redirect, "ReplaceKeyWith");
  API_TRY(rule.redirect_code, code_of(*redirect, "HttpRedirectCode"));
  return rule;
}

api::ApiResult<model::WebsiteConfig> read_website(const codec::XmlNode& root) {
  model::WebsiteConfig website;
  const auto* index = root.child("IndexDocument");
  if (index != nullptr) website.index_document = text_of(*index, "Suffix").value_or("");
  if (const auto* error = root.child("ErrorDocument")) website.error_document = text_of(*error, "Key").value_or("");
  if (const auto* rules = root.child("RoutingRules")) {
    for (const auto* rule : rules->children("RoutingRule")) {
      API_TRY(website.routing_rules.emplace_back(), read_rule(*rule));
    }
  }
  if (const auto* all = root.child("RedirectAllRequestsTo")) {
    website.redirect_all = model::RedirectAll{text_of(*all, "HostName").value_or(""), text_of(*all, "Protocol")};
    if (index != nullptr) {
      return api::api_fail(ErrorCode::kInvalidRequest,
                           "RedirectAllRequestsTo cannot be used together with other settings");
    }
  }
  if (auto sound = model::check_website(website); !sound) {
    return api::api_fail(ErrorCode::kInvalidRequest, sound.error().message);
  }
  return website;
}

void write_text(codec::XmlWriter& xml, std::string_view name, const std::optional<std::string>& text) {
  if (text) xml.element(name, *text);
}

void write_rule(codec::XmlWriter& xml, const model::RoutingRule& rule) {
  xml.open("RoutingRule");
  if (rule.error_code || rule.key_prefix) {
    xml.open("Condition");
    if (rule.error_code) xml.element("HttpErrorCodeReturnedEquals", *rule.error_code);
    write_text(xml, "KeyPrefixEquals", rule.key_prefix);
    xml.close();
  }
  xml.open("Redirect");
  write_text(xml, "HostName", rule.host_name);
  write_text(xml, "Protocol", rule.protocol);
  if (rule.redirect_code) xml.element("HttpRedirectCode", *rule.redirect_code);
  write_text(xml, "ReplaceKeyPrefixWith", rule.replace_prefix);
  write_text(xml, "ReplaceKeyWith", rule.replace_key);
  xml.close();
  xml.close();
}

void write_documents(codec::XmlWriter& xml, const model::WebsiteConfig& website) {
  xml.open("IndexDocument");
  xml.element("Suffix", website.index_document);
  xml.close();
  if (website.error_document) {
    xml.open("ErrorDocument");
    xml.element("Key", *website.error_document);
    xml.close();
  }
  if (website.routing_rules.empty()) return;
  xml.open("RoutingRules");
  for (const auto& rule : website.routing_rules) write_rule(xml, rule);
  xml.close();
}

}  // namespace

Task<Reply> get_bucket_website(Call& call) {
  if (!call.bucket->website) co_return api::api_fail(ErrorCode::kNoSuchWebsiteConfiguration);
  const model::WebsiteConfig& website = *call.bucket->website;
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "WebsiteConfiguration");
  if (website.redirect_all) {
    xml.open("RedirectAllRequestsTo");
    xml.element("HostName", website.redirect_all->host_name);
    write_text(xml, "Protocol", website.redirect_all->protocol);
    xml.close();
  } else {
    write_documents(xml, website);
  }
  xml.close();
  co_return xml_reply(std::move(body));
}

Task<Reply> put_bucket_website(Call& call) {
  CO_API_TRY(const codec::XmlNode root, co_await read_xml(call, "WebsiteConfiguration", kDocumentBytesMax));
  CO_API_TRY(const auto website, read_website(root));
  const auto edit = [website](model::Bucket& bucket) -> Result<void> {
    bucket.website = website;
    return {};
  };
  co_return co_await change_bucket(call, edit, 200);
}

Task<Reply> delete_bucket_website(Call& call) {
  const auto edit = [](model::Bucket& bucket) -> Result<void> {
    bucket.website.reset();
    return {};
  };
  co_return co_await change_bucket(call, edit, 204);
}

}  // namespace garage::s3

// GetBucketCors, PutBucketCors, DeleteBucketCors
#include "s3/bucket_change.hpp"
#include "s3/document.hpp"
#include "s3/numbers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

using api::ErrorCode;

constexpr size_t kDocumentBytesMax = 128 << 10;

std::vector<std::string> texts_of(const codec::XmlNode& node, std::string_view name) {
  std::vector<std::string> out;
  for (const auto* child : node.children(name)) out.push_back(child->text());
  return out;
}

api::ApiResult<model::CorsRule> read_rule(const codec::XmlNode& node) {
  model::CorsRule rule;
  if (const auto id = node.text_of("ID")) rule.id = std::string(*id);
  rule.origins = texts_of(node, "AllowedOrigin");
  rule.methods = texts_of(node, "AllowedMethod");
  rule.headers = texts_of(node, "AllowedHeader");
  rule.exposed = texts_of(node, "ExposeHeader");
  if (rule.origins.empty() || rule.methods.empty()) return api::api_fail(ErrorCode::kMalformedXml);
  if (const auto seconds = node.text_of("MaxAgeSeconds")) {
    rule.max_age_s = parse_number(*seconds);
    if (!rule.max_age_s) return api::api_fail(ErrorCode::kMalformedXml);
  }
  return rule;
}

api::ApiResult<model::CorsRules> read_rules(const codec::XmlNode& root) {
  model::CorsRules rules;
  for (const auto* node : root.children("CORSRule")) {
    API_TRY(rules.emplace_back(), read_rule(*node));
  }
  if (auto sound = model::check_cors(rules); !sound) {
    return api::api_fail(ErrorCode::kInvalidRequest, sound.error().message);
  }
  return rules;
}

void write_texts(codec::XmlWriter& xml, std::string_view name, const std::vector<std::string>& texts) {
  for (const auto& text : texts) xml.element(name, text);
}

}  // namespace

Task<Reply> get_bucket_cors(Call& call) {
  if (!call.bucket->cors) co_return api::api_fail(ErrorCode::kNoSuchCorsConfiguration);
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "CORSConfiguration");
  for (const auto& rule : *call.bucket->cors) {
    xml.open("CORSRule");
    if (rule.id) xml.element("ID", *rule.id);
    write_texts(xml, "AllowedOrigin", rule.origins);
    write_texts(xml, "AllowedMethod", rule.methods);
    write_texts(xml, "AllowedHeader", rule.headers);
    write_texts(xml, "ExposeHeader", rule.exposed);
    if (rule.max_age_s) xml.element("MaxAgeSeconds", *rule.max_age_s);
    xml.close();
  }
  xml.close();
  co_return xml_reply(std::move(body));
}

Task<Reply> put_bucket_cors(Call& call) {
  CO_API_TRY(const codec::XmlNode root, co_await read_xml(call, "CORSConfiguration", kDocumentBytesMax));
  CO_API_TRY(const auto rules, read_rules(root));
  const auto edit = [rules](model::Bucket& bucket) -> Result<void> {
    bucket.cors = rules;
    return {};
  };
  co_return co_await change_bucket(call, edit, 200);
}

Task<Reply> delete_bucket_cors(Call& call) {
  const auto edit = [](model::Bucket& bucket) -> Result<void> {
    bucket.cors.reset();
    return {};
  };
  co_return co_await change_bucket(call, edit, 204);
}

}  // namespace garage::s3

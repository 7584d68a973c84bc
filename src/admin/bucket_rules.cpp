#include "admin/bucket_rules.hpp"

#include "admin/fields.hpp"

namespace garage::admin {
namespace {

using codec::Json;

void set_text(Json& object, std::string_view name, const std::optional<std::string>& text) {
  if (text) object.set(name, *text);
}

Json texts_json(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const auto& text : texts) out.push_back(text);
  return out;
}

AdminResult<std::vector<std::string>> read_texts(const Fields& fields, std::string_view name) {
  std::vector<std::string> out;
  const Json* list = fields.find(name);
  if (list == nullptr) return out;
  if (!list->is_array()) return invalid_request(std::string(name) + " must be a list");
  for (const Json& item : *list->as_array()) {
    const auto text = item.as_string();
    if (!text) return invalid_request(std::string(name) + " must hold texts");
    out.emplace_back(*text);
  }
  return out;
}

AdminResult<const Json::Array*> read_list(const Json& list, std::string_view name) {
  if (!list.is_array()) return invalid_request(std::string(name) + " must be a list");
  return list.as_array();
}

AdminResult<std::optional<uint32_t>> read_code(const Fields& fields, std::string_view name) {
  ADMIN_TRY(const auto number, fields.number(name));
  if (!number) return std::optional<uint32_t>();
  if (*number > 999) return invalid_request(std::string(name) + " must be a status of HTTP");
  return std::optional(static_cast<uint32_t>(*number));
}

AdminResult<model::RoutingRule> read_routing_rule(const Json& item) {
  model::RoutingRule rule;
  const Fields fields(item);
  if (const Json* condition = fields.find("Condition")) {
    const Fields members(*condition);
    ADMIN_TRY(rule.key_prefix, members.text("KeyPrefixEquals"));
    ADMIN_TRY(rule.error_code, read_code(members, "HttpErrorCodeReturnedEquals"));
  }
  const Json* redirect = fields.find("Redirect");
  if (redirect == nullptr) return invalid_request("A routing rule needs a Redirect");
  const Fields members(*redirect);
  ADMIN_TRY(rule.host_name, members.text("HostName"));
  ADMIN_TRY(rule.protocol, members.text("Protocol"));
  ADMIN_TRY(rule.replace_prefix, members.text("ReplaceKeyPrefixWith"));
  ADMIN_TRY(rule.replace_key, members.text("ReplaceKeyWith"));
  ADMIN_TRY(const auto code, read_code(members, "HttpRedirectCode"));
  rule.redirect_code = code;
  return rule;
}

AdminResult<model::CorsRule> read_cors_rule(const Json& item) {
  model::CorsRule rule;
  const Fields fields(item);
  ADMIN_TRY(rule.id, fields.text("ID"));
  ADMIN_TRY(rule.origins, read_texts(fields, "AllowedOrigin"));
  ADMIN_TRY(rule.methods, read_texts(fields, "AllowedMethod"));
  ADMIN_TRY(rule.headers, read_texts(fields, "AllowedHeader"));
  ADMIN_TRY(rule.exposed, read_texts(fields, "ExposeHeader"));
  ADMIN_TRY(rule.max_age_s, fields.number("MaxAgeSeconds"));
  return rule;
}

}  // namespace

Json routing_rules_json(const std::vector<model::RoutingRule>& rules) {
  Json out = Json::array();
  for (const auto& rule : rules) {
    Json condition = Json::object();
    if (rule.error_code) condition.set("HttpErrorCodeReturnedEquals", *rule.error_code);
    set_text(condition, "KeyPrefixEquals", rule.key_prefix);
    Json redirect = Json::object();
    set_text(redirect, "HostName", rule.host_name);
    set_text(redirect, "Protocol", rule.protocol);
    redirect.set("HttpRedirectCode", rule.status());
    set_text(redirect, "ReplaceKeyPrefixWith", rule.replace_prefix);
    set_text(redirect, "ReplaceKeyWith", rule.replace_key);
    Json item = Json::object();
    if (condition.size() > 0) item.set("Condition", std::move(condition));
    item.set("Redirect", std::move(redirect));
    out.push_back(std::move(item));
  }
  return out;
}

Json cors_rules_json(const model::CorsRules& rules) {
  Json out = Json::array();
  for (const auto& rule : rules) {
    Json item = Json::object();
    set_text(item, "ID", rule.id);
    if (rule.max_age_s) item.set("MaxAgeSeconds", *rule.max_age_s);
    item.set("AllowedOrigin", texts_json(rule.origins));
    item.set("AllowedMethod", texts_json(rule.methods));
    item.set("AllowedHeader", texts_json(rule.headers));
    item.set("ExposeHeader", texts_json(rule.exposed));
    out.push_back(std::move(item));
  }
  return out;
}

AdminResult<std::vector<model::RoutingRule>> read_routing_rules(const Json& list) {
  ADMIN_TRY(const auto* items, read_list(list, "routingRules"));
  std::vector<model::RoutingRule> out;
  for (const Json& item : *items) {
    ADMIN_TRY(out.emplace_back(), read_routing_rule(item));
  }
  return out;
}

AdminResult<model::CorsRules> read_cors_rules(const Json& list) {
  ADMIN_TRY(const auto* items, read_list(list, "corsRules"));
  model::CorsRules out;
  for (const Json& item : *items) {
    ADMIN_TRY(out.emplace_back(), read_cors_rule(item));
  }
  return out;
}

}  // namespace garage::admin

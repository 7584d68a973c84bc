#include "web/plan.hpp"

#include "codec/percent.hpp"

namespace garage::web {
namespace {

// The way to `key` on this host. A slash in front of it is escaped: "//name" would be another host.
std::string path_to(std::string_view key) {
  std::string path = "/";
  if (key.starts_with('/')) {
    path += "%2F";
    key.remove_prefix(1);
  }
  codec::append_percent_encoded(path, key, true);
  return path;
}

std::string origin_of(const std::string& host, const std::optional<std::string>& protocol) {
  return (protocol ? *protocol + ":" : std::string()) + "//" + host;
}

std::string with_index(const model::WebsiteConfig& website, std::string key) {
  if (key.empty() || key.ends_with('/')) key += website.index_document;
  return key;
}

// What the rule puts in the place of `path`, which has its prefix.
std::string replaced(const model::RoutingRule& rule, std::string_view path) {
  if (rule.replace_key) return *rule.replace_key;
  if (!rule.replace_prefix) return {};
  return *rule.replace_prefix + std::string(path.substr(rule.key_prefix ? rule.key_prefix->size() : 0));
}

Redirect redirect_of(const model::RoutingRule& rule, std::string_view path) {
  const std::string origin = rule.host_name ? origin_of(*rule.host_name, rule.protocol) : std::string();
  return {static_cast<int>(rule.redirect_code), origin + path_to(replaced(rule, path))};
}

Page page_of(const model::WebsiteConfig& website, const model::RoutingRule& rule, std::string_view path) {
  return {with_index(website, replaced(rule, path)), static_cast<int>(rule.redirect_code)};
}

const model::RoutingRule* rule_for(const model::WebsiteConfig& website, std::string_view path) {
  for (const auto& rule : website.routing_rules) {
    if (!rule.key_prefix || path.starts_with(*rule.key_prefix)) return &rule;
  }
  return nullptr;
}

void look_for_folder(Plan& plan, const model::WebsiteConfig& website, std::string_view path) {
  if (path.empty() || path.ends_with('/')) return;
  plan.folder_index = std::string(path) + "/" + website.index_document;
  plan.to_folder = {302, path_to(std::string(path) + "/")};
}

}  // namespace

Plan plan_request(const model::WebsiteConfig& website, std::string_view path, std::string_view raw_target) {
  Plan plan;
  if (website.redirect_all) {
    const auto& all = *website.redirect_all;
    plan.at_once = {301, origin_of(all.host_name, all.protocol) + std::string(raw_target)};
    return plan;
  }
  plan.page = {with_index(website, std::string(path)), 200};
  const model::RoutingRule* rule = rule_for(website, path);
  if (rule == nullptr) {
    look_for_folder(plan, website, path);
  } else if (rule->error_code) {
    if (rule->redirects()) {
      plan.instead = redirect_of(*rule, path);
    } else {
      plan.replacement = page_of(website, *rule, path);
    }
  } else if (rule->redirects()) {
    plan.at_once = redirect_of(*rule, path);
  } else {
    plan.page = page_of(website, *rule, path);
    if (plan.page.status == 200) look_for_folder(plan, website, replaced(*rule, path));
  }
  return plan;
}

}  // namespace garage::web

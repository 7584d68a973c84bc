#include "web/plan.hpp"

#include "codec/percent.hpp"

namespace garage::web {
namespace {

// A slash in front of `path` is escaped: "//name" would be another host.
std::string on_this_host(std::string path) {
  path.replace(0, path.starts_with('/') ? 1 : 0, path.starts_with('/') ? "/%2F" : "/");
  return path;
}

std::string path_to(std::string_view key) {
  return on_this_host(codec::percent_encode(key, true));
}

bool is_escape(std::string_view text) {
  return text.starts_with('%') && codec::percent_decode(text.substr(0, 3)).has_value();
}

// A piece of an address that the owner of the bucket wrote, who may mean a query or a fragment by it: only what no
// address may hold is escaped, and the backslash, which browsers take for a slash.
void append_as_configured(std::string& out, std::string_view text) {
  constexpr std::string_view kNeverInAddresses = "\"<>\\";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_plain = c > ' ' && c < 0x7f && c != '%' && kNeverInAddresses.find(c) == kNeverInAddresses.npos;
    if (is_plain || is_escape(text.substr(i))) {
      out += c;
    } else {
      codec::append_percent_encoded(out, text.substr(i, 1), true);
    }
  }
}

std::string origin_of(const std::string& host, const std::optional<std::string>& protocol) {
  return (protocol ? *protocol + ":" : std::string()) + "//" + host;
}

std::string with_index(const model::WebsiteConfig& website, std::string key) {
  if (key.empty() || key.ends_with('/')) key += website.index_document;
  return key;
}

// What the rule puts in the place of a path that has its prefix.
struct Replacement {
  std::string_view configured;
  std::string_view of_path;
};

Replacement replacement_of(const model::RoutingRule& rule, std::string_view path) {
  if (rule.replace_key) return {*rule.replace_key, {}};
  if (!rule.replace_prefix) return {};
  return {*rule.replace_prefix, path.substr(rule.key_prefix ? rule.key_prefix->size() : 0)};
}

std::string replaced(const model::RoutingRule& rule, std::string_view path) {
  const auto [configured, of_path] = replacement_of(rule, path);
  return std::string(configured).append(of_path);
}

Redirect redirect_of(const model::RoutingRule& rule, std::string_view path) {
  const std::string origin = rule.host_name ? origin_of(*rule.host_name, rule.protocol) : std::string();
  const auto [configured, of_path] = replacement_of(rule, path);
  std::string way;
  append_as_configured(way, configured);
  codec::append_percent_encoded(way, of_path, true);
  return {static_cast<int>(rule.status()), origin + on_this_host(std::move(way))};
}

Page page_of(const model::WebsiteConfig& website, const model::RoutingRule& rule, std::string_view path) {
  return {with_index(website, replaced(rule, path)), static_cast<int>(rule.status())};
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

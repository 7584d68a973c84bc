#include "web/site.hpp"

#include "api/uri.hpp"
#include "http/characters.hpp"

namespace garage::web {

std::string_view in_front_of(std::string_view domain, std::string_view root_domain) {
  while (root_domain.starts_with('.')) root_domain.remove_prefix(1);
  if (root_domain.empty() || domain.size() <= root_domain.size()) return {};
  const std::string_view tail = domain.substr(domain.size() - root_domain.size());
  if (!http::equal_ignoring_case(tail, root_domain)) return {};
  domain.remove_suffix(root_domain.size());
  if (!domain.ends_with('.')) return {};
  domain.remove_suffix(1);
  return domain;
}

std::string bucket_name_of(std::string_view host, std::string_view root_domain) {
  std::string name = api::host_name(host);
  const std::string_view front = in_front_of(name, root_domain);
  if (!front.empty()) name.resize(front.size());
  return name;
}

std::string served_host(const model::Directory& directory, std::string_view host, std::string_view root_domain) {
  const auto bucket = bucket_by_name(directory, bucket_name_of(host, root_domain));
  return bucket && bucket->website ? api::host_name(host) : "unknown";
}

std::shared_ptr<const model::Bucket> bucket_by_name(const model::Directory& directory, std::string_view name) {
  const auto target = directory.alias_target(name);
  return target ? directory.bucket(*target) : nullptr;
}

}  // namespace garage::web

#include "web/site.hpp"

#include "api/uri.hpp"

namespace garage::web {

std::string bucket_name_of(std::string_view host, std::string_view root_domain) {
  std::string name = api::host_name(host);
  const auto front = api::in_front_of(name, root_domain);
  if (front && !front->empty()) name.resize(front->size());
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

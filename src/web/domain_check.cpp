#include "web/domain_check.hpp"

#include "api/uri.hpp"
#include "web/site.hpp"

namespace garage::web {
namespace {

bool is_site(const model::Directory& directory, std::string_view name) {
  const auto bucket = bucket_by_name(directory, name);
  return bucket && bucket->website;
}

}  // namespace

bool serves_domain(const model::Directory& directory, std::string_view domain, const RootDomains& roots) {
  const std::string name = api::host_name(domain);
  const auto of_api = api::in_front_of(name, roots.s3_api);
  if (of_api && bucket_by_name(directory, *of_api)) return true;
  const auto of_web = api::in_front_of(name, roots.web);
  return (of_web && is_site(directory, *of_web)) || is_site(directory, name);
}

}  // namespace garage::web

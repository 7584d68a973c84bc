// Which bucket does a host name stand for?
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/directory.hpp"

namespace garage::web {

// <bucket>.<root_domain> is the bucket in front, any other name is the bucket's own. `host` as a Host header has it.
std::string bucket_name_of(std::string_view host, std::string_view root_domain);

// The name in a Host header, without its port, where a website of this name is served; "unknown" otherwise.
std::string served_host(const model::Directory& directory, std::string_view host, std::string_view root_domain);

// By global names only; null where there is none.
std::shared_ptr<const model::Bucket> bucket_by_name(const model::Directory& directory, std::string_view name);

}  // namespace garage::web

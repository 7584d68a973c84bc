// Is this name one of ours? Asked by reverse proxies before they get a certificate for it.
#pragma once

#include <string_view>

#include "model/directory.hpp"

namespace garage::web {

// The domains that buckets are served under; empty: none.
struct RootDomains {
  std::string_view s3_api;
  std::string_view web;
};

// <bucket>.<s3_api> of any bucket, <bucket>.<web> of one with a website, or the name of such a bucket itself.
bool serves_domain(const model::Directory& directory, std::string_view domain, const RootDomains& roots);

}  // namespace garage::web

// What an operator can set of the website endpoint.
#pragma once

#include <string>

namespace garage::web {

struct Options {
  std::string root_domain;  // <bucket>.<root_domain> is a site; may start with a dot; empty: none are
  bool add_host_to_metrics = false;
};

}  // namespace garage::web

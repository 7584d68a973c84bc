// What a path of a website asks for, decided by the bucket's settings alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/website.hpp"

namespace garage::web {

struct Redirect {
  int status = 302;
  std::string location;
};

// A key to serve and the status that goes with it.
struct Page {
  std::string key;
  int status = 200;
};

struct Plan {
  std::optional<Redirect> at_once;  // then nothing else is set
  Page page;

  // Where the page is not there, the first of these that is set:
  std::optional<Redirect> instead;
  std::optional<Page> replacement;
  // ... or, if that key is there, the client is sent to where it is the index.
  std::optional<std::string> folder_index;
  Redirect to_folder;
};

// `path` is decoded and without its leading slash. `raw_target` is what the client sent, for redirects of everything.
Plan plan_request(const model::WebsiteConfig& website, std::string_view path, std::string_view raw_target);

}  // namespace garage::web

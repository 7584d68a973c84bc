// What a handler answered, with its body read to the end.
#pragma once

#include <string>
#include <string_view>

#include "http/response.hpp"
#include "http/server.hpp"

namespace garage::api::testing {

struct Seen {
  int status = 0;
  std::string body;
  http::Response response;
  std::string header(std::string_view name) const { return std::string(response.headers.get(name).value_or("-")); }
};

// `node` runs tasks to their end.
template <class Node>
Seen see(Node& node, http::Handler& handler, http::Request& request) {
  Seen seen;
  seen.response = node.run(handler.handle(request));
  seen.status = seen.response.status;
  seen.body = seen.response.body;
  while (seen.response.stream) {
    const auto chunk = node.run(seen.response.stream->next());
    if (!chunk || chunk->bytes.empty()) break;
    seen.body += chunk->bytes;
  }
  return seen;
}

}  // namespace garage::api::testing

// Targets: whatever is accepted must be stable text, and the canonical spelling must mean the same.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "api/uri.hpp"
#include "base/assert.hpp"
#include "codec/percent.hpp"
#include "codec/utf8.hpp"

using namespace garage;
using namespace garage::api;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), size);
  const std::string_view host = input.substr(std::min(line + 1, size));
  const std::string_view target = input.substr(0, line);
  const size_t question = std::min(target.find('?'), target.size());
  const auto uri = parse_uri(target.substr(0, question), target.substr(std::min(question + 1, target.size())));
  if (!uri) return 0;
  ASSERT(codec::is_valid_utf8(uri->path) && uri->path.find('\0') == std::string::npos, "a path is text");
  if (uri->path != "*") {
    const auto again = parse_uri(codec::percent_encode(uri->path, true), "");
    ASSERT(again && again->path == uri->path, "encoding a path keeps its meaning");
  }
  std::string query;
  for (const QueryParam& param : uri->query) {
    ASSERT(!param.name.empty() && codec::is_valid_utf8(param.name) && codec::is_valid_utf8(param.value),
           "names and values are text");
    query += codec::percent_encode(param.name, false) + "=" + codec::percent_encode(param.value, false) + "&";
  }
  const auto again = QueryParams::parse(query);
  ASSERT(again && again->size() == uri->query.size(), "encoding a query keeps its parameters");
  for (const QueryParam& param : uri->query) ASSERT(again->get(param.name) == param.value, "and their values");
  for (const std::string_view root : {"", "s3.example.com"}) {
    const auto address = locate(*uri, host, root);
    ASSERT(!address || address->key.size() <= kKeyBytesMax, "keys are bounded");
    ASSERT(!address || address->key.empty() || !address->bucket.empty(), "a key lies in a bucket");
  }
  return 0;
}

// Requests made of arbitrary text: nobody becomes a signed principal without a signature, and nothing crashes on the
// way.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/authenticate.hpp"
#include "api/checksums.hpp"
#include "api/conditions.hpp"
#include "api/content_encoding.hpp"
#include "api/range.hpp"
#include "api/testing/request_signer.hpp"
#include "base/assert.hpp"
#include "http/characters.hpp"

using namespace garage;
using namespace garage::api;

namespace {

// The first line is "METHOD target", the others are "name: value", trimmed and without control bytes as the gate leaves
// them.
void build(api::testing::TestRequest& request, std::string_view rest) {
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const size_t colon = line.find(':');
    if (colon == line.npos || !http::is_token(line.substr(0, colon)) || http::has_control_byte(line)) continue;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = http::to_lower(c);
    request.header(std::move(name), std::string(http::trim_blanks(line.substr(colon + 1))));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), size);
  const size_t blank = std::min(input.find(' '), line);
  api::testing::TestRequest request(
      std::string(input.substr(0, blank)),
      std::string(input.substr(std::min(blank + 1, line), line - std::min(blank + 1, line))));
  build(request, input.substr(std::min(line + 1, size)));

  // A secret that no input can know, so that an accepted signature would be a hole.
  static api::testing::MemoryKeys keys;
  static SigningKeyCache cache;
  static const bool ready = (keys.add("AKIAIOSFODNN7EXAMPLE", "a secret nobody has guessed so far"), true);
  ASSERT(ready, "keys are there");
  const auto uri = parse_uri(request.get());
  if (!uri) return 0;
  claimed_key_id(request, *uri);
  AuthOptions options;
  options.allow_v2 = true;
  options.accept_us_east_1_alias = true;
  auto who = authenticate(
      request, *uri,
      {.keys = keys, .signing_keys = cache, .region = "garage", .now = {1369353600000}, .options = options});
  if (!who) {
    ASSERT(!render_error(who.error(), {uri->raw_path, "id", "host"}).empty(), "every refusal can be told");
    return 0;
  }
  ASSERT(!who->principal.is_signed(), "no signature was made");
  ASSERT(!who->chunk_signing, "nor can chunks follow one");
  (void)parse_checksum_request(*who);
  (void)make_body_source(request, *who);
  (void)stored_content_encoding(who->headers);
  (void)evaluate(read_conditions(who->headers), "etag", {1369353600000});
  if (const auto range = who->headers.get("range")) {
    const auto resolved = resolve_range(range, 1000);
    ASSERT(!resolved || !*resolved || ((*resolved)->length > 0 && (*resolved)->offset + (*resolved)->length <= 1000),
           "inside");
    (void)resolve_copy_range(*range, 1000);
  }
  return 0;
}

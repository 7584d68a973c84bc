// Any bytes at the gate. What it lets in must be found whole by the scanner, parse, and mean the same to the parser.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.hpp"
#include "http/characters.hpp"
#include "http/gate.hpp"
#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"
#include "http/host.hpp"

namespace {

using namespace garage::http;

void check_request(const Request& request, const Framing& framing) {
  ASSERT(request.target.starts_with('/') || (request.target == "*" && request.method == Method::kOptions),
         "an origin form");
  const auto hosts = request.headers.get_all("host");
  ASSERT(hosts.size() == 1 || (hosts.empty() && framing.http_1_0), "one host");
  ASSERT(hosts.empty() || is_valid_host(hosts.front()), "a valid host");
  ASSERT(request.headers.get_all("content-length").size() == (framing.content_length ? 1u : 0u), "one length");
  ASSERT(request.headers.get_all("transfer-encoding").size() == (framing.chunked ? 1u : 0u), "one coding");
  ASSERT(!(framing.chunked && framing.content_length), "one way to end");
  for (const Header& field : request.headers) {
    ASSERT(is_token(field.name) && !has_control_byte(field.value), "clean fields");
    ASSERT(field.value == trim_blanks(field.value), "no blanks around a value");
    for (char c : field.name) ASSERT(c == to_lower(c), "lower-case names");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string block(reinterpret_cast<const char*>(data), size);
  const auto framing = check_head(block, GateLimits());
  const auto end = HeadScanner().scan(block, GateLimits());
  if (!framing) return 0;
  ASSERT(end && *end && **end == block.size(), "the scanner finds what the gate accepts");
  Request request;
  const auto refusal = parse_head(block, *framing, request);
  // The parser alone judges the Connection field.
  ASSERT(!refusal || refusal->reason == "the request head cannot be parsed", "one reading of the length");
  if (!refusal) check_request(request, *framing);
  return 0;
}

// Any bytes: what is accepted is written as JSON that reads back as the same value.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "codec/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage::codec;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto value = parse_json(input)) {
    ASSERT(parse_json(to_json(*value)) == *value, "round trip");
    ASSERT(parse_json(to_json_pretty(*value)) == *value, "pretty round trip");
  }
  ASSERT(parse_json(to_json(Json(input))).has_value(), "any bytes become a valid string");
  return 0;
}

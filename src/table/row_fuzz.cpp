// Any fields under a proper checksum: what is accepted as a row or a promise is written as one that reads back the
// same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "crypto/crc.hpp"
#include "table/promise.hpp"
#include "table/row.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage;
  constexpr std::string_view kKey = "key";
  std::string value(1, '\x01');  // the format version
  value.append(reinterpret_cast<const char*>(data), size);
  const uint32_t crc = crypto::crc32c_extend(crypto::crc32c(kKey), value);
  for (int i = 0; i < 4; ++i) value.push_back(static_cast<char>(crc >> (8 * i)));

  const auto row = table::decode_row(kKey, value);
  const auto view = table::decode_row_view(kKey, value);
  if (row) {
    ASSERT(view && view->ord == row->ord && view->uuid == row->uuid, "the view is of the same row");
    ASSERT(view->value.has_value() == row->value.has_value(), "the view is of the same row");
    ASSERT(*table::decode_row(kKey, table::encode_row(kKey, *row)) == *row, "round trip");
  }
  if (const auto promise = table::decode_promise(kKey, value)) {
    ASSERT(*table::decode_promise(kKey, table::encode_promise(kKey, *promise)) == *promise, "round trip");
  }
  return 0;
}

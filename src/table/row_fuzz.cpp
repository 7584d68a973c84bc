// Any fields under a proper checksum: what is accepted as a row, a promise or a note of an upload is written as one
// that reads back the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "crypto/crc.hpp"
#include "table/promise.hpp"
#include "table/row.hpp"
#include "table/upload_mark.hpp"

namespace {

constexpr std::string_view kKey = "key";

std::string framed(char version, std::string_view fields) {
  std::string value(1, version);
  value.append(fields);
  const uint32_t crc = garage::crypto::crc32c_extend(garage::crypto::crc32c(kKey), value);
  for (int i = 0; i < 4; ++i) value.push_back(static_cast<char>(crc >> (8 * i)));
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage;
  const std::string_view fields(reinterpret_cast<const char*>(data), size);
  const std::string value = framed('\x01', fields);
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
  ASSERT(table::decode_upload_mark(kKey, value).over, "no note in the old format");
  if (const auto mark = table::decode_upload_mark(kKey, framed('\x02', fields)); mark.note) {
    ASSERT(table::decode_upload_mark(kKey, table::encode_note(kKey, *mark.note)).note == mark.note, "round trip");
  }
  return 0;
}

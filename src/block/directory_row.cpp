#include "block/directory_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "codec/big_endian.hpp"
#include "codec/tlv.hpp"

namespace garage::block {
namespace {

constexpr std::string_view kPrefix = "block.directory/";
constexpr std::string_view kPrefixEnd = "block.directory0";  // '0' follows '/'
constexpr uint8_t kDirectoryFormat = 1;
enum Tag : uint32_t { kPath = 1, kMarker = 2, kFrozenBelow = 3, kMissing = 4 };

std::string join(const std::vector<uint32_t>& numbers) {
  std::string out;
  for (const uint32_t number : numbers) codec::append_u32_be(out, number);
  return out;
}

std::optional<std::vector<uint32_t>> split(std::string_view bytes) {
  std::vector<uint32_t> numbers;
  while (const auto number = codec::take_u32_be(bytes)) numbers.push_back(*number);
  if (!bytes.empty() || !std::ranges::is_sorted(numbers)) return std::nullopt;
  return numbers;
}

Result<DirectoryRow> decode_directory(std::string_view key, std::string_view value) {
  TRY(auto reader, codec::TlvReader::open(key, value, kDirectoryFormat));
  DirectoryRow row;
  while (reader.next()) {
    switch (reader.tag()) {
      case kPath:
        row.path = reader.bytes();
        break;
      case kMarker:
        row.marker = reader.id<MarkerId>();
        break;
      case kFrozenBelow:
        row.frozen_below = static_cast<uint32_t>(reader.number());
        break;
      case kMissing:
        if (auto missing = split(reader.bytes())) {
          row.missing = std::move(*missing);
        } else {
          reader.mark_damaged();
        }
        break;
      default:
        break;
    }
  }
  CHECK_OK(reader.status());
  return row;
}

}  // namespace

std::string directory_key(uint16_t number) {
  return fmt::format("{}{:04x}", kPrefix, number);
}

std::string encode_directory(uint16_t number, const DirectoryRow& row) {
  codec::TlvWriter writer(kDirectoryFormat);
  writer.bytes(kPath, row.path);
  writer.bytes(kMarker, row.marker.view());
  writer.u64(kFrozenBelow, row.frozen_below);
  if (!row.missing.empty()) writer.bytes(kMissing, join(row.missing));
  return std::move(writer).finish(directory_key(number));
}

Result<std::map<uint16_t, DirectoryRow>> load_directory_rows(kv::Store& store) {
  std::map<uint16_t, DirectoryRow> rows;
  auto cursor = store.iterate(
      kv::Family::kMeta,
      {.lower_bound = std::string(kPrefix), .upper_bound = std::string(kPrefixEnd), .cached_only = false});
  for (cursor->seek(kPrefix); cursor->valid(); cursor->next()) {
    const std::string_view digits = cursor->key().substr(kPrefix.size());
    uint16_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return fail(ErrorKind::kCorrupt, fmt::format("metadata row \"{}\": not a data directory", cursor->key()));
    }
    auto row = decode_directory(cursor->key(), cursor->value());
    if (!row) return std::unexpected(row.error().within(fmt::format("metadata row \"{}\"", cursor->key())));
    rows.emplace(number, std::move(*row));
  }
  CHECK_OK(cursor->status());
  return rows;
}

}  // namespace garage::block

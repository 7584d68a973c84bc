#include "codec/tlv.hpp"

#include "base/assert.hpp"
#include "crypto/crc.hpp"

namespace garage::codec {
namespace {

constexpr size_t kCrcBytes = 4;
constexpr size_t kVersionBytes = 1;

uint32_t row_crc(std::string_view row_key, std::string_view version_and_fields) {
  return crypto::crc32c_extend(crypto::crc32c(row_key), version_and_fields);
}

uint32_t load_u32_le(const char* bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < kCrcBytes; ++i) value |= uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

}  // namespace

TlvWriter::TlvWriter(uint8_t format_version) : is_row_(true) {
  out_.push_back(static_cast<char>(format_version));
}

void TlvWriter::bytes(uint32_t tag, std::string_view value) {
  ASSERT(tag != 0, "tag 0 is reserved");
  char head[2 * kVarintBytesMax];
  const char* end = write_varint(write_varint(head, tag), value.size());
  out_.append(head, static_cast<size_t>(end - head));
  out_.append(value);
}

void TlvWriter::u64(uint32_t tag, uint64_t value) {
  char number[kVarintBytesMax];
  const char* end = write_varint(number, value);
  bytes(tag, {number, static_cast<size_t>(end - number)});
}

void TlvWriter::message(uint32_t tag, const TlvWriter& nested_body) {
  ASSERT(!nested_body.is_row_, "a nested message is started with TlvWriter::nested()");
  bytes(tag, nested_body.out_);
}

void TlvWriter::fields(const UnknownFields& unknown) {
  for (const auto& field : unknown) bytes(field.tag, field.bytes);
}

std::string TlvWriter::finish(std::string_view row_key) && {
  ASSERT(is_row_, "only a row value ends with a checksum");
  const uint32_t crc = row_crc(row_key, out_);
  for (size_t i = 0; i < kCrcBytes; ++i) out_.push_back(static_cast<char>(crc >> (8 * i)));
  return std::move(out_);
}

std::string TlvWriter::take_body() && {
  ASSERT(!is_row_, "a row value ends with finish()");
  return std::move(out_);
}

Result<TlvReader> TlvReader::open(std::string_view row_key, std::string_view value, uint8_t version_max) {
  if (value.size() < kVersionBytes + kCrcBytes) return fail(ErrorKind::kCorrupt, "row value too short");
  const std::string_view checked = value.substr(0, value.size() - kCrcBytes);
  if (row_crc(row_key, checked) != load_u32_le(value.data() + checked.size())) {
    return fail(ErrorKind::kCorrupt, "row checksum mismatch");
  }
  const auto version = static_cast<uint8_t>(checked[0]);
  if (version > version_max) return fail(ErrorKind::kUnsupported, "row written by a newer format version");
  return TlvReader(checked.substr(kVersionBytes), version);
}

Result<uint64_t> TlvReader::u64() const {
  uint64_t value;
  const char* end = bytes_.data() + bytes_.size();
  if (bytes_.empty() || read_varint(bytes_.data(), end, value) != end) {
    return fail(ErrorKind::kCorrupt, "row field is not a number");
  }
  return value;
}

Result<void> TlvReader::status() const {
  if (damaged_) return fail(ErrorKind::kCorrupt, "row fields damaged");
  return {};
}

}  // namespace garage::codec

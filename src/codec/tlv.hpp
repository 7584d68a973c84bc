// The row codec: a format version, fields of (tag, length, bytes), and a CRC32C over row key and value.
// docs/formats/row_codec.md is the full description.
//
// A row is written once with TlvWriter and read without copying by TlvReader. A field's meaning is its tag: tags are
// never reused, new ones take higher numbers, a repeated tag is a list. A reader keeps fields whose tag it does not
// know (UnknownFields) and writes them back unchanged behind its own, so an older program does not destroy what a newer
// one stored.
//
// Ownership: a TlvReader and every view it returns borrow the value's bytes.
// Threads:   plain values; one thread at a time.
// Errors:    damaged bytes are kCorrupt, a too new format is kUnsupported; neither is ever an assertion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/varint.hpp"

namespace garage::codec {

// A field that this program does not understand, kept verbatim.
struct UnknownField {
  uint32_t tag = 0;
  std::string bytes;
  friend bool operator==(const UnknownField&, const UnknownField&) = default;
};
using UnknownFields = std::vector<UnknownField>;

// Tags run from 1; 0 never names a field, so that a stretch of zero bytes is not a run of empty fields.
class TlvWriter {
 public:
  // Starts a row value.
  explicit TlvWriter(uint8_t format_version);
  // Starts the body of a nested message, or of anything that is framed and checked by others: fields only, no version,
  // no CRC.
  static TlvWriter nested() { return TlvWriter(); }

  void bytes(uint32_t tag, std::string_view value);
  void u64(uint32_t tag, uint64_t value);
  void message(uint32_t tag, const TlvWriter& nested_body);
  void fields(const UnknownFields& unknown);
  void reserve(size_t bytes) { out_.reserve(bytes); }

  // Ends a row value: appends the CRC32C of row_key followed by everything written.
  std::string finish(std::string_view row_key) &&;
  // Ends a nested body.
  std::string take_body() &&;
  std::string_view body() const { return out_; }

 private:
  TlvWriter() = default;

  bool is_row_ = false;
  std::string out_;
};

// Reading loop:
//
//   TRY(auto reader, TlvReader::open(row_key, value, kFormatVersion));
//   while (reader.next()) {
//     switch (reader.tag()) {
//       case kSize: row.size = reader.number(); break;
//       case kEtag: row.etag = reader.bytes(); break;
//       default: reader.keep(row.unknown);
//     }
//   }
//   CHECK_OK(reader.status());
class TlvReader {
 public:
  // Checks the CRC, then that the format is not newer than version_max.
  static Result<TlvReader> open(std::string_view row_key, std::string_view value, uint8_t version_max = 255);
  // Over the body of a nested message; version() is 0.
  static TlvReader nested(std::string_view body) { return TlvReader(body, 0); }

  uint8_t version() const { return version_; }

  // Goes to the next field; false at the end, and for damaged bytes, which status() tells apart.
  bool next() {
    if (pos_ == end_) return false;
    uint64_t tag, length;
    const char* pos = read_varint(pos_, end_, tag);
    if (pos == nullptr || tag == 0 || tag > UINT32_MAX) return stop();
    pos = read_varint(pos, end_, length);
    if (pos == nullptr || length > static_cast<uint64_t>(end_ - pos)) return stop();
    tag_ = static_cast<uint32_t>(tag);
    bytes_ = {pos, static_cast<size_t>(length)};
    pos_ = pos + length;
    return true;
  }

  // The current field; valid after next() has returned true.
  uint32_t tag() const { return tag_; }
  std::string_view bytes() const { return bytes_; }
  Result<uint64_t> u64() const;
  // Like u64(), but a field that is no number gives 0 and makes status() an error: for loops that check once at the
  // end.
  uint64_t number() {
    uint64_t value;
    if (read_varint(bytes_.data(), bytes_.data() + bytes_.size(), value) == bytes_.data() + bytes_.size() &&
        !bytes_.empty()) [[likely]] {
      return value;
    }
    damaged_ = true;
    return 0;
  }
  // The same of an identity (base/fixed_bytes.hpp): zero where the field has another length.
  template <class Id>
  Id id() {
    const auto read = Id::from_raw(bytes_);
    damaged_ |= !read;
    return read.value_or(Id{});
  }
  TlvReader message() const { return nested(bytes_); }
  void keep(UnknownFields& unknown) const { unknown.push_back({tag_, std::string(bytes_)}); }

  // Ok while nothing damaged was met. Marks made by number() and id() stay; check after the loop.
  Result<void> status() const;
  // The caller found a field whose bytes it cannot accept.
  void mark_damaged() { damaged_ = true; }

 private:
  TlvReader(std::string_view fields, uint8_t version)
      : pos_(fields.data()), end_(fields.data() + fields.size()), version_(version) {}

  bool stop() {
    damaged_ = true;
    pos_ = end_;
    return false;
  }

  const char* pos_;
  const char* end_;
  std::string_view bytes_;
  uint32_t tag_ = 0;
  uint8_t version_;
  bool damaged_ = false;
};

}  // namespace garage::codec

// multipart/form-data as browsers upload a file: small fields first, then the file, whose bytes stream through.
//
// The end of the file is found by its boundary; no more than a buffer of 64 KiB is kept. What follows the file is
// ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/body_source.hpp"
#include "api/error.hpp"

namespace garage::api {

struct FormField {
  std::string name;  // lower-cased: form fields have no case
  std::string value;
};

struct FormFields {
  std::vector<FormField> fields;  // those before the file, in order; no name twice
  std::string filename;           // of the file part; empty if none was given
  std::optional<std::string> file_content_type;

  std::optional<std::string_view> get(std::string_view lower_name) const;
};

struct FormLimits {
  size_t fields_bytes_max = 64 * 1024;  // of all before the file, framing included
  size_t field_bytes_max = 16 * 1024;
  size_t fields_max = 100;
};

// Ownership: borrows `body`. Threads: the request's loop.
class FormReader {
 public:
  // MalformedPOSTRequest without a usable boundary in the content type.
  static ApiResult<std::unique_ptr<FormReader>> create(BodySource& body, std::string_view content_type,
                                                       FormLimits limits = {});
  virtual ~FormReader() = default;

  // Call once. Returns at the start of the file's bytes.
  virtual Task<ApiResult<FormFields>> read_fields() = 0;

  // After read_fields(): the bytes of the file, refused while streaming when they leave the limits: EntityTooLarge,
  // EntityTooSmall.
  virtual BodySource& file(uint64_t bytes_min, uint64_t bytes_max) = 0;
};

}  // namespace garage::api

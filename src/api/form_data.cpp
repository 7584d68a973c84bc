#include "api/form_data.hpp"

#include <algorithm>
#include <cstring>

#include "api/form_window.hpp"
#include "api/part_header.hpp"
#include "base/assert.hpp"

namespace garage::api {
namespace {

constexpr size_t kPartHeadBytesMax = 8 * 1024;

std::unexpected<ApiError> malformed(std::string message) {
  return api_fail(ErrorCode::kMalformedPostRequest, std::move(message));
}

class FileSource final : public BodySource {
 public:
  FileSource(FormWindow& window, std::string_view delimiter) : window_(window), delimiter_(delimiter) {}

  void limit(uint64_t bytes_min, uint64_t bytes_max) {
    bytes_min_ = bytes_min;
    bytes_max_ = bytes_max;
  }

  Task<ApiResult<size_t>> read(std::span<char> out) override {
    if (error_) co_return std::unexpected(*error_);
    auto result = co_await read_or_fail(out);
    if (!result) error_ = result.error();
    co_return result;
  }

  std::optional<uint64_t> length() const override { return std::nullopt; }
  const Trailers& trailers() const override { return none_; }

 private:
  Task<ApiResult<size_t>> read_or_fail(std::span<char> out) {
    while (content_bytes_ == 0 && !ended_) {
      find_content();
      if (content_bytes_ == 0 && !ended_) CO_API_CHECK_OK(co_await window_.fill());
    }
    const size_t bytes = std::min(content_bytes_, out.size());
    given_ += bytes;
    if (given_ > bytes_max_) co_return api_fail(ErrorCode::kEntityTooLarge);
    if (bytes == 0 && given_ < bytes_min_) co_return api_fail(ErrorCode::kEntityTooSmall);
    std::memcpy(out.data(), window_.view().data(), bytes);
    window_.consume(bytes);
    content_bytes_ -= bytes;
    co_return bytes;
  }

  // How much of the window is certainly content: up to the delimiter, or all but what could be the beginning of one.
  void find_content() {
    const std::string_view view = window_.view();
    const size_t found = view.find(delimiter_);
    ended_ = found == 0;
    if (found != view.npos) {
      content_bytes_ = found;
    } else if (view.size() >= delimiter_.size()) {
      content_bytes_ = view.size() - (delimiter_.size() - 1);
    }
  }

  FormWindow& window_;
  std::string_view delimiter_;
  uint64_t bytes_min_ = 0;
  uint64_t bytes_max_ = UINT64_MAX;
  uint64_t given_ = 0;
  size_t content_bytes_ = 0;  // at the front of the window
  bool ended_ = false;
  std::optional<ApiError> error_;
  Trailers none_;
};

class MultipartFormReader final : public FormReader {
 public:
  MultipartFormReader(BodySource& body, const std::string& boundary, FormLimits limits)
      : delimiter_("\r\n--" + boundary), limits_(limits), window_(body), file_(window_, delimiter_) {}

  Task<ApiResult<FormFields>> read_fields() override {
    FormFields form;
    CO_API_TRY([[maybe_unused]] const std::string preamble, co_await take_until(delimiter_, limits_.field_bytes_max));
    for (;;) {
      CO_API_TRY(const std::string line_rest, co_await take_until("\r\n", 2));
      if (line_rest.starts_with("--")) {
        co_return api_fail(ErrorCode::kInvalidArgument, "POST requires exactly one file upload per request.");
      }
      if (!line_rest.empty()) co_return malformed("A boundary is followed by other text.");
      CO_API_TRY(const std::string head, co_await take_head());
      CO_API_TRY(PartHeader part, parse_part_header(head));
      if (part.name == "file") {
        form.filename = part.filename.value_or("");
        form.file_content_type = std::move(part.content_type);
        file_follows_ = true;
        co_return form;
      }
      CO_API_TRY(std::string value, co_await take_until(delimiter_, limits_.field_bytes_max));
      if (form.get(part.name)) co_return malformed("The form field " + part.name + " is given twice.");
      if (form.fields.size() == limits_.fields_max) co_return too_much();
      form.fields.push_back({std::move(part.name), std::move(value)});
    }
  }

  BodySource& file(uint64_t bytes_min, uint64_t bytes_max) override {
    ASSERT(file_follows_, "the fields are read before the file");
    file_.limit(bytes_min, bytes_max);
    return file_;
  }

 private:
  static std::unexpected<ApiError> too_much() { return api_fail(ErrorCode::kMaxPostPreDataLengthExceededError); }

  // The bytes before the next `end`, which is taken too.
  Task<ApiResult<std::string>> take_until(std::string_view end, size_t bytes_max) {
    CO_API_TRY(const size_t found, co_await window_.find(end, bytes_max));
    std::string text(window_.view().substr(0, found));
    CO_API_CHECK_OK(consume(found + end.size()));
    co_return text;
  }

  // The fields of a part; none at all if an empty line follows the boundary directly.
  Task<ApiResult<std::string>> take_head() {
    while (window_.view().size() < 2) CO_API_CHECK_OK(co_await window_.fill());
    if (window_.view().starts_with("\r\n")) {
      CO_API_CHECK_OK(consume(2));
      co_return std::string();
    }
    co_return co_await take_until("\r\n\r\n", kPartHeadBytesMax);
  }

  ApiResult<void> consume(size_t bytes) {
    taken_bytes_ += bytes;
    if (taken_bytes_ > limits_.fields_bytes_max) return too_much();
    window_.consume(bytes);
    return {};
  }

  std::string delimiter_;
  FormLimits limits_;
  FormWindow window_;
  FileSource file_;
  size_t taken_bytes_ = 0;
  bool file_follows_ = false;
};

}  // namespace

std::optional<std::string_view> FormFields::get(std::string_view lower_name) const {
  for (const FormField& field : fields) {
    if (field.name == lower_name) return field.value;
  }
  return std::nullopt;
}

ApiResult<std::unique_ptr<FormReader>> FormReader::create(BodySource& body, std::string_view content_type,
                                                          FormLimits limits) {
  const auto boundary = boundary_of(content_type);
  if (!boundary) return malformed("The Content-Type of the form has no usable boundary.");
  ASSERT(limits.field_bytes_max < kFormWindowBytes / 2, "a field fits into the window");
  return std::make_unique<MultipartFormReader>(body, *boundary, limits);
}

}  // namespace garage::api

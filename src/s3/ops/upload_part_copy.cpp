#include <algorithm>
#include <cstring>

#include "api/checksums.hpp"
#include "api/range.hpp"
#include "api/shown_object.hpp"
#include "codec/iso_time.hpp"
#include "s3/copy_source.hpp"
#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/part_window.hpp"
#include "s3/reply.hpp"
#include "s3/upload_id.hpp"

namespace garage::s3 {
namespace {

// The bytes of an object as the body of a part. Blocks that line up with those of the source are found by their hash
// and not written again.
class ObjectSource : public object::ByteSource {
 public:
  ObjectSource(std::unique_ptr<object::ObjectReader> reader, uint64_t bytes)
      : reader_(std::move(reader)), bytes_(bytes) {}

  Task<Result<size_t>> read(std::span<char> out) override {
    if (rest_.empty()) {
      auto piece = co_await reader_->next();
      if (!piece) {
        failed_ = true;
        co_return std::unexpected(std::move(piece).error());
      }
      rest_ = std::move(*piece);
    }
    const size_t count = std::min(out.size(), rest_.size());
    if (count > 0) std::memcpy(out.data(), rest_.view().data(), count);
    rest_ = rest_.slice(count, rest_.size() - count);
    co_return count;
  }
  std::optional<uint64_t> length() const override { return bytes_; }
  bool failed() const { return failed_; }

 private:
  std::unique_ptr<object::ObjectReader> reader_;
  Buffer rest_;
  uint64_t bytes_;
  bool failed_ = false;
};

// An error is the source's alone where `of_source` says so.
struct CopiedPart {
  Result<object::StoredPart> stored;
  bool of_source = false;
};

Task<CopiedPart> copy_part(object::Objects& objects, object::PartRequest request, CopySource source,
                           object::ByteRange range) {
  auto reader = co_await objects.open(object::BucketRef::of(*source.bucket), source.key, source.object, range);
  if (!reader) co_return CopiedPart{std::unexpected(std::move(reader).error()), true};
  ObjectSource bytes(std::move(*reader), range.length);
  auto stored = co_await objects.put_part(std::move(request), bytes);
  co_return CopiedPart{std::move(stored), bytes.failed()};
}

}  // namespace

Task<Reply> upload_part_copy(Call& call) {
  CO_API_CHECK_OK(refuse_unbuilt_headers(call.headers()));
  CO_API_TRY(const Uuid upload_id, upload_id_of(call));
  CO_API_TRY(const uint32_t number, parse_part_number(call.query("partNumber").value_or("")));
  object::StoredPart stored;
  for (int attempt = 0;; ++attempt) {
    CO_API_TRY(CopySource source, co_await find_copy_source(call));
    object::ByteRange range{0, source.object.version.bytes};
    if (const auto header = call.headers().get("x-amz-copy-source-range")) {
      CO_API_TRY(const auto asked, api::resolve_copy_range(*header, source.object.version.bytes));
      range = {asked.offset, asked.length};
    }
    object::PartRequest request{call.bucket_ref(), call.address.key, upload_id, number, {}, {}};
    CopiedPart copied = co_await copy_part(call.backend.objects, std::move(request), std::move(source), range);
    if (copied.stored) {
      stored = std::move(*copied.stored);
      break;
    }
    const Error& error = copied.stored.error();
    // Replaced while it was read, perhaps: then what is there now.
    if (copied.of_source && api::is_worth_another_look(error, attempt)) continue;
    // Whoever hears that there is no upload gives up all its parts.
    if (!copied.of_source && error.kind == ErrorKind::kNotFound) co_return no_such_upload(call);
    co_return std::unexpected(api::from(error));
  }
  std::string body;
  codec::XmlWriter xml(body);
  open_document(xml, "CopyPartResult");
  xml.element("LastModified", codec::to_iso_time({stored.modified_ms}));
  xml.element("ETag", quoted_etag({stored.md5, 0}));
  if (stored.checksum) {
    xml.element(api::checksum_xml_name(stored.checksum->algorithm), api::render_checksum(stored.checksum->bytes));
  }
  xml.close();
  co_return xml_reply(std::move(body));
}

}  // namespace garage::s3

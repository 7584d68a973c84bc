// The body of a request as the object module reads it. Failures have an S3 meaning that the lower layers cannot carry:
// it stays here.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "api/body_source.hpp"
#include "api/checksums.hpp"
#include "object/byte_source.hpp"
#include "object/objects.hpp"
#include "s3/call.hpp"

namespace garage::s3 {

// What the body promised: verified against the computed digests at the end.
class RequestBody : public object::ByteSource {
 public:
  static api::ApiResult<std::unique_ptr<RequestBody>> create(const Call& call);
  // Over another source (the file of a form). `source` is borrowed.
  RequestBody(api::BodySource& source, api::ChecksumRequest promised)
      : source_(source), promised_(std::move(promised)) {}

  Task<Result<size_t>> read(std::span<char> out) override;
  std::optional<uint64_t> length() const override { return source_.length(); }

  const api::ChecksumRequest& promised() const { return promised_; }
  object::DigestsWanted digests_wanted() const;
  // For PutRequest::check; this object outlives the operation.
  object::BodyCheck check();

  // Of the promised algorithm, once check() has passed; raw.
  const std::string& verified_checksum() const { return verified_checksum_; }

  // What a failed operation means: the body's own failure, if it had one, else that of the lower layers.
  api::ApiError explain(const Error& error) const;

 private:
  RequestBody(std::unique_ptr<api::BodySource> source, api::ChecksumRequest promised)
      : owned_(std::move(source)), source_(*owned_), promised_(std::move(promised)) {}
  api::ApiResult<void> verify(const object::Digests& digests);

  std::unique_ptr<api::BodySource> owned_;
  api::BodySource& source_;
  api::ChecksumRequest promised_;
  uint64_t bytes_read_ = 0;
  std::string verified_checksum_;
  std::optional<api::ApiError> failure_;
};

}  // namespace garage::s3

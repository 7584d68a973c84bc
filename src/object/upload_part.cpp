// UploadPart: like put, but the row is a part attempt beside its upload.
#include <memory>
#include <utility>

#include "object/body_writer.hpp"
#include "object/commit_body.hpp"
#include "object/core.hpp"
#include "object/upload_access.hpp"
#include "object/upload_rows.hpp"

namespace garage::object {
namespace {

// A part that arrives after its upload was completed or aborted leaves nothing.
class CommitPart : public CommitBody {
 public:
  CommitPart(Core& core, std::string upload_row, BucketId bucket, Uuid owner, std::string row_key, Uuid upload,
             StoredBody body)
      : CommitBody(core, bucket, owner, std::move(row_key), upload, std::move(body)),
        upload_row_(std::move(upload_row)) {}

  void reads(std::vector<kv::Key>& out) const override {
    out.push_back({kv::Family::kUpload, upload_row_});
    CommitBody::reads(out);
  }
  Result<void> apply(kv::View& view, kv::Batch& batch, Ord ord) override {
    CHECK_OK(require_open_upload(view, upload_row_));
    return CommitBody::apply(view, batch, ord);
  }

 private:
  std::string upload_row_;
};

}  // namespace

Task<Result<StoredPart>> Objects::put_part(PartRequest request, ByteSource& body) {
  Core& core = *core_;
  const std::string upload_row = upload_row_key(request.bucket.id, request.bucket.spread, request.key, request.upload);
  CO_TRY(const auto upload, co_await find_upload(request.bucket, request.key, request.upload));
  const auto algorithm = upload.checksum_algorithm.value_or(crypto::ChecksumAlgorithm::kCrc64nvme);
  request.digests.want(algorithm);
  table::Write write;
  CO_TRY(write.above, co_await latest_attempt(core, upload_row, request.number));
  write.uuid = core.env.random.id<Uuid>();
  write.key = part_row_key(upload_row, request.number, write.uuid);
  auto outgoing = core.begin_blocks(write.uuid, write.key, request.upload);
  const bool replicated = outgoing != nullptr;
  CO_TRY(StoredBody stored, co_await write_body(core, body, request.digests, std::move(outgoing)));
  if (request.check) CO_CHECK_OK(request.check(stored.digests));
  CO_CHECK_OK(co_await settle_body(core, request.bucket.id, stored, replicated));

  model::PartAttempt attempt;
  attempt.part.number = request.number;
  attempt.part.md5 = stored.digests.md5;
  attempt.part.checksum = model::Checksum{algorithm, crypto::ChecksumType::kFullObject, stored.digests.of(algorithm)};
  StoredPart result{attempt.part.md5, stored.digests.bytes, 0, attempt.part.checksum};

  auto commit = std::make_shared<CommitPart>(core, upload_row, request.bucket.id, write.uuid, write.key, request.upload,
                                             std::move(stored));
  attempt.part.body = commit->place();
  write.decision = table::always(model::encode_part_attempt(attempt));
  write.companions = commit->companions();
  write.adds = true;
  if (!replicated) write.extra = std::move(commit);
  CO_TRY(const auto written, co_await write_into(core, request.bucket.id, *core.uploads, std::move(write)));
  // Several nodes can't look at the upload in the same commit: a part that came too late is left to the collector.
  if (replicated) CO_CHECK_OK(co_await find_upload(request.bucket, request.key, request.upload));
  result.modified_ms = written.modified_ms;
  co_return result;
}

}  // namespace garage::object

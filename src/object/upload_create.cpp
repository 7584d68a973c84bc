// CreateMultipartUpload, and looking one up.
#include <memory>
#include <utility>

#include "object/commit_body.hpp"
#include "object/core.hpp"
#include "object/upload_access.hpp"
#include "object/upload_rows.hpp"

namespace garage::object {
namespace {

class RequireBucket : public table::CommitExtra {
 public:
  explicit RequireBucket(const BucketId& bucket) : row_(bucket_row(bucket)) {}
  void reads(std::vector<kv::Key>& out) const override { out.push_back(row_); }
  Result<void> apply(kv::View& view, kv::Batch&, Ord) override { return require_bucket(view, row_); }

 private:
  kv::Key row_;
};

}  // namespace

Task<Result<model::Upload>> Objects::create_upload(UploadRequest request) {
  model::Upload upload;
  upload.initiated_ms = core_->env.clock.wall_now().unix_ms;
  upload.id = upload_id_at(upload.initiated_ms, core_->env.random.id<Uuid>());
  upload.key = std::move(request.key);
  upload.initiator = std::move(request.initiator);
  upload.headers = std::move(request.headers);
  upload.checksum_algorithm = request.checksum_algorithm;
  upload.checksum_type = request.checksum_type;
  upload.conditions = std::move(request.conditions);

  table::Write write;
  write.key = upload_row_key(request.bucket.id, request.bucket.spread, upload.key, upload.id);
  write.uuid = upload.id;
  write.decision = table::always(model::encode_upload(upload));
  write.adds = true;
  if (core_->replicated()) {
    CO_CHECK_OK(co_await require_bucket(*core_, request.bucket.id));
  } else {
    write.extra = std::make_shared<RequireBucket>(request.bucket.id);
  }
  CO_TRY([[maybe_unused]] const auto written,
         co_await write_into(*core_, request.bucket.id, *core_->uploads, std::move(write)));
  co_return upload;
}

Task<Result<model::Upload>> Objects::find_upload(BucketRef bucket, std::string key, Uuid upload) {
  CO_TRY(auto found, co_await read_upload(*core_, upload_row_key(bucket.id, bucket.spread, key, upload)));
  if (found.state != model::UploadState::kOpen) co_return fail(ErrorKind::kNotFound, "the upload is completed");
  co_return found;
}

Task<Result<std::vector<model::PartAttempt>>> Objects::list_parts(BucketRef bucket, std::string key, Uuid upload) {
  co_return co_await read_parts(*core_, upload_row_key(bucket.id, bucket.spread, key, upload));
}

}  // namespace garage::object

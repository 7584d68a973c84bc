// CompleteMultipartUpload: the parts become the object by being listed; nothing is moved or written again.
#include <algorithm>
#include <memory>
#include <utility>

#include "object/commit_body.hpp"
#include "object/core.hpp"
#include "object/part_list.hpp"
#include "object/queue_entry.hpp"
#include "object/upload_access.hpp"
#include "object/upload_rows.hpp"
#include "object/write_object.hpp"

namespace garage::object {
namespace {

// In the batch of the object's row: the upload must still be open, and what it leaves goes to the collector.
class CommitCompletion : public table::CommitExtra {
 public:
  CommitCompletion(const BucketId& bucket, std::string upload_row, UploadEntry entry)
      : bucket_row_(bucket_row(bucket)), upload_row_(std::move(upload_row)), entry_(std::move(entry)) {}

  void reads(std::vector<kv::Key>& out) const override {
    out.push_back(bucket_row_);
    out.push_back({kv::Family::kUpload, upload_row_});
    out.push_back({kv::Family::kQueue, upload_entry_key(upload_row_)});
  }
  Result<void> apply(kv::View& view, kv::Batch& batch, Ord) override {
    CHECK_OK(require_bucket(view, bucket_row_));
    CHECK_OK(require_open_upload(view, upload_row_));
    // Once more, it would take the place of what came since.
    TRY(const bool completed, has_become_object(view, upload_row_));
    if (completed) return fail(ErrorKind::kNotFound, "the upload is completed");
    const std::string key = upload_entry_key(upload_row_);
    batch.put(kv::Family::kQueue, key, encode_upload_entry(key, entry_));
    return {};
  }

 private:
  kv::Key bucket_row_;
  std::string upload_row_;
  UploadEntry entry_;
};

std::vector<table::Companion> part_pages(const Uuid& version, const std::vector<model::ObjectPart>& parts) {
  std::vector<table::Companion> out;
  for (size_t first = 0; first < parts.size(); first += model::kPartsPerManifestPage) {
    std::string key = model::manifest_key(version, static_cast<uint32_t>(first / model::kPartsPerManifestPage));
    const size_t count = std::min(model::kPartsPerManifestPage, parts.size() - first);
    std::string value = model::encode_part_page(key, parts.data() + first, count);
    out.push_back({kv::Family::kManifest, std::move(key), std::move(value)});
  }
  return out;
}

Completed answer(Stored stored) {
  Completed out;
  out.stored = std::move(stored);
  return out;
}

// It was completed before. On several nodes that was only seen; what is told here must outlive a deletion of the bucket
// like a write.
Task<Result<Completed>> answer_again(Core& core, BucketId bucket, std::string object_row, model::Upload upload) {
  if (core.replicated()) {
    CO_CHECK_OK(co_await require_bucket(core, bucket));
    const table::SettleOptions as_client{.above = {}, .abort_upload = {}, .unless_closed = true};
    CO_TRY([[maybe_unused]] const auto settled, co_await core.objects->settle(std::move(object_row), as_client));
  }
  co_return answer({upload.id, 0, 0, upload.completed_etag, upload.completed_checksums});
}

// Another Complete has made the upload an object, though not its row so: done for it here. `as_chosen`: as this request
// would have completed it. That is what the other one did, too, for all that is known once the object is gone.
Task<Result<Completed>> finish_for_another(Core& core, BucketId bucket, std::string object_row, std::string upload_row,
                                           model::Upload as_chosen) {
  CO_TRY(const auto object, co_await core.objects->read(object_row));
  if (object && object->value) {
    CO_TRY(const auto version, model::decode_object_version(*object->value));
    if (version.upload == as_chosen.id) complete_as(as_chosen, version);
  }
  std::string completed_row = model::encode_upload(as_chosen);
  // As after a write of one's own, the collector does it otherwise.
  [[maybe_unused]] const auto written = co_await write_upload(core, std::move(upload_row), std::move(completed_row));
  co_return co_await answer_again(core, bucket, std::move(object_row), std::move(as_chosen));
}

WriteCondition condition_of(const CompleteRequest& request, const model::Upload& upload) {
  if (request.condition || !request.condition_of_upload) return request.condition;
  return request.condition_of_upload(upload);
}

// `looked_at_stage`: the stage of the layout from before the look; of several nodes only.
Task<Result<Completed>> complete_once(Core& core, const CompleteRequest& request, std::string upload_row,
                                      std::optional<uint64_t> looked_at_stage) {
  CO_TRY(model::Upload upload, co_await read_upload(core, upload_row));
  if (upload.state == model::UploadState::kCompleted) {
    co_return co_await answer_again(core, request.bucket.id, object_key(request.bucket, request.key),
                                    std::move(upload));
  }
  CO_TRY(const auto attempts, co_await read_parts(core, upload_row));
  ChosenParts chosen = choose_parts(request, upload, attempts, core.options.part_bytes_min);
  if (chosen.problem != CompleteProblem::kNone) {
    Completed refused;
    refused.problem = chosen.problem;
    refused.problem_detail = std::move(chosen.detail);
    co_return refused;
  }

  model::Upload completed = upload;
  completed.state = model::UploadState::kCompleted;
  completed.completed_etag = chosen.etag;
  completed.completed_checksums = chosen.checksums;
  const std::string completed_row = model::encode_upload(completed);

  UploadEntry entry{true, core.env.clock.wall_now().unix_ms, {}, completed_row};
  for (const auto& part : chosen.parts) entry.kept_attempts.push_back(part.body.owner);

  ObjectWrite write;
  write.row_key = object_key(request.bucket, request.key);
  write.bucket = request.bucket;
  write.uuid = core.env.random.id<Uuid>();
  write.version.bytes = chosen.bytes;
  write.version.etag = chosen.etag;
  write.version.checksums = chosen.checksums;
  write.version.headers = upload.headers;
  write.version.writer = upload.initiator;
  write.version.upload = upload.id;
  write.condition = condition_of(request, upload);
  write.version.unconditional = !write.condition;
  if (chosen.parts.size() <= model::kPartsInRowMax) {
    write.version.parts = std::move(chosen.parts);
  } else {
    write.companions = part_pages(write.uuid, chosen.parts);
    write.version.part_pages = static_cast<uint32_t>(write.companions.size());
  }
  if (core.replicated()) {
    CO_CHECK_OK(co_await require_bucket(core, request.bucket.id));
    write.unless_aborted = upload.id;
    write.looked_at_stage = looked_at_stage.value_or(0);
  } else {
    write.extra = std::make_shared<CommitCompletion>(request.bucket.id, upload_row, std::move(entry));
  }
  auto stored = co_await write_object(core, std::move(write));
  if (!stored && stored.error().kind == ErrorKind::kExists) {
    co_return co_await finish_for_another(core, request.bucket.id, object_key(request.bucket, request.key), upload_row,
                                          std::move(completed));
  }
  if (!stored) {
    // Another Complete of the same upload may have won meanwhile: then this one has succeeded too.
    const bool gone = stored.error().kind == ErrorKind::kNotFound;
    if (gone) {
      CO_TRY(auto again, co_await find_completed(core, upload_row));
      if (again) {
        co_return co_await answer_again(core, request.bucket.id, object_key(request.bucket, request.key),
                                        std::move(*again));
      }
    }
    co_return std::unexpected(stored.error());
  }

  // The collector does this too, if we die here.
  auto written = co_await write_upload(core, upload_row, completed_row);
  // On several nodes this may well fail alone; the object is there, and its replicas bring the upload up to it.
  if (!written && !core.replicated()) co_return std::unexpected(written.error());
  co_return answer(std::move(*stored));
}

}  // namespace

Task<Result<Completed>> Objects::complete_upload(CompleteRequest request) {
  constexpr int kLooksMax = 8;
  Core& core = *core_;
  const std::string upload_row = upload_row_key(request.bucket.id, request.bucket.spread, request.key, request.upload);
  for (int look = 1;; ++look) {
    std::optional<uint64_t> stage;
    if (core.replicated()) stage = core.cluster->rows->stage_of(upload_row);
    auto completed = co_await complete_once(core, request, upload_row, stage);
    // In the middle of a layout change stages follow each other quickly.
    const bool slept = !completed && completed.error().kind == ErrorKind::kUnavailable && stage &&
                       core.cluster->rows->stage_of(upload_row) > *stage + 1;
    if (!slept || look == kLooksMax) co_return completed;
  }
}

}  // namespace garage::object

// AbortMultipartUpload: a tombstone for the upload; its parts go to the collector.
#include <memory>
#include <utility>

#include "object/core.hpp"
#include "object/queue_entry.hpp"
#include "object/upload_access.hpp"
#include "object/upload_rows.hpp"

namespace garage::object {
namespace {

class IfOpen : public table::Decision {
 public:
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (!current || !current->value) return fail(ErrorKind::kNotFound, "no such upload");
    TRY(const auto upload, model::decode_upload(*current->value));
    if (upload.state != model::UploadState::kOpen) return fail(ErrorKind::kNotFound, "the upload is completed");
    return std::optional<std::string>();
  }
};

class LeaveParts : public table::CommitExtra {
 public:
  LeaveParts(std::string upload_row, uint64_t now_ms)
      : upload_row_(std::move(upload_row)), key_(upload_entry_key(upload_row_)), now_ms_(now_ms) {}
  void reads(std::vector<kv::Key>& out) const override { out.push_back({kv::Family::kQueue, key_}); }
  Result<void> apply(kv::View& view, kv::Batch& batch, Ord) override {
    TRY(const bool completed, has_become_object(view, upload_row_));
    if (completed) return fail(ErrorKind::kNotFound, "the upload is completed");
    batch.put(kv::Family::kQueue, key_, encode_upload_entry(key_, {false, now_ms_, {}, {}}));
    return {};
  }

 private:
  const std::string upload_row_, key_;
  const uint64_t now_ms_;
};

}  // namespace

Task<Result<void>> abort_upload_row(Core& core, std::string upload_row) {
  table::Write write;
  write.key = std::move(upload_row);
  write.uuid = core.env.random.id<Uuid>();
  write.conditional = true;
  write.decision = std::make_shared<IfOpen>();
  // Where several nodes keep the row, each of them leaves the parts to its collector by itself.
  if (!core.replicated()) write.extra = std::make_shared<LeaveParts>(write.key, core.env.clock.wall_now().unix_ms);
  CO_TRY([[maybe_unused]] const auto written, co_await write_row(*core.uploads, std::move(write)));
  co_return Result<void>{};
}

Task<Result<void>> Objects::abort_upload(BucketRef bucket, std::string key, Uuid upload) {
  return abort_upload_row(*core_, upload_row_key(bucket.id, bucket.spread, key, upload));
}

}  // namespace garage::object

#include "object/write_object.hpp"

#include <utility>

#include "object/quota.hpp"

namespace garage::object {
namespace {

// Writes `value` if the condition holds for what is there.
class ConditionalValue : public table::Decision {
 public:
  ConditionalValue(std::optional<std::string> value, WriteCondition condition)
      : value_(std::move(value)), condition_(std::move(condition)) {}

  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (!current || !current->value) {
      CHECK_OK(condition_(nullptr));
      return value_;
    }
    TRY(const auto summary, model::summarize_object_version(*current->value));
    const CurrentObject object{summary.etag, summary.bytes, current->modified_ms};
    CHECK_OK(condition_(&object));
    return value_;
  }
  size_t bytes() const override { return value_ ? value_->size() : 0; }

 private:
  std::optional<std::string> value_;
  WriteCondition condition_;
};

table::Write make_write(std::string row_key, Uuid uuid, std::optional<std::string> value, WriteCondition condition) {
  table::Write write;
  write.key = std::move(row_key);
  write.uuid = uuid;
  write.conditional = static_cast<bool>(condition);
  if (condition) {
    write.decision = std::make_shared<ConditionalValue>(std::move(value), std::move(condition));
  } else {
    write.decision = table::always(std::move(value));
  }
  return write;
}

}  // namespace

std::vector<model::Checksum> checksums_to_keep(const Digests& digests, std::optional<crypto::ChecksumAlgorithm> asked) {
  const auto algorithm = asked.value_or(crypto::ChecksumAlgorithm::kCrc64nvme);
  return {{algorithm, crypto::ChecksumType::kFullObject, digests.of(algorithm)}};
}

Task<Result<Stored>> write_object(Core& core, ObjectWrite object) {
  Stored stored{object.uuid, object.version.bytes, 0, object.version.etag, object.version.checksums};
  const model::Quotas& quotas = object.bucket.quotas;
  if (quotas.bytes_max || quotas.objects_max) {
    CO_TRY(const BucketUsage usage, co_await read_usage(core, object.bucket.id));
    object.condition = within_quota(quotas, usage, object.version.bytes, std::move(object.condition));
  }
  if (object.settled.outgoing) {
    CO_TRY(object.settled.ceiling, co_await object.settled.outgoing->renew_if_short());
  }
  object.version.ceiling = object.settled.ceiling;
  auto write = make_write(std::move(object.row_key), object.uuid, model::encode_object_version(object.version),
                          std::move(object.condition));
  write.ceiling = object.settled.ceiling;
  write.unless_aborted = object.unless_aborted;
  write.looked_at_stage = object.looked_at_stage;
  if (object.unless_aborted) write.conditional = true;  // decided by a full round, whether or not there is a condition
  // What is completed was added by its parts, but the pages of their list are not.
  write.adds = !object.unless_aborted || !object.companions.empty();
  write.companions = std::move(object.companions);
  write.extra = std::move(object.extra);
  CO_TRY(const auto written, co_await write_into(core, object.bucket.id, *core.objects, std::move(write)));
  stored.modified_ms = written.modified_ms;
  co_return stored;
}

Task<Result<void>> write_tombstone(Core& core, std::string row_key, WriteCondition condition) {
  auto write = make_write(std::move(row_key), core.env.random.id<Uuid>(), std::nullopt, std::move(condition));
  CO_TRY([[maybe_unused]] const auto written, co_await core.objects->write(std::move(write)));
  co_return Result<void>{};
}

}  // namespace garage::object

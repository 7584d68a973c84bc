// Changing what is said about an object without touching its bytes: its rights, its tags. Last-Modified stays.
#include <memory>
#include <utility>

#include "object/commit_body.hpp"
#include "object/core.hpp"

namespace garage::object {
namespace {

class EditVersion : public table::Decision {
 public:
  explicit EditVersion(VersionEdit edit) : edit_(std::move(edit)) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (!current || !current->value) return fail(ErrorKind::kNotFound, "no such object");
    TRY(auto version, model::decode_object_version(*current->value));
    version.origin = version.origin_or(current->uuid);
    CHECK_OK(edit_(version));
    return model::encode_object_version(version);
  }

 private:
  VersionEdit edit_;
};

}  // namespace

Task<Result<void>> Objects::edit(BucketRef bucket, std::string key, VersionEdit edit) {
  if (core_->replicated()) CO_CHECK_OK(co_await require_bucket(*core_, bucket.id));
  table::Write write;
  write.key = object_key(bucket, key);
  write.uuid = core_->env.random.id<Uuid>();
  write.conditional = true;
  write.keeps_modified = true;
  write.unless_closed = true;
  // A replica that missed the version gets what lies beside it with the edited row, so that it is as good as the
  // others.
  write.keeps_companions = true;
  write.decision = std::make_shared<EditVersion>(std::move(edit));
  CO_TRY([[maybe_unused]] const auto written, co_await core_->objects->write(std::move(write)));
  co_return Result<void>{};
}

}  // namespace garage::object

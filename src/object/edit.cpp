// Changing what is said about an object without touching its bytes: its rights, its tags. Last-Modified stays.
#include <memory>
#include <utility>

#include "object/core.hpp"
#include "table/companion_walk.hpp"

namespace garage::object {
namespace {

constexpr int kAttemptsMax = 8;

class EditVersion : public table::Decision {
 public:
  // `origin`: the bytes that the edited version must have, where these travel with the row.
  EditVersion(VersionEdit edit, std::optional<Uuid> origin) : edit_(std::move(edit)), origin_(origin) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (!current || !current->value) return fail(ErrorKind::kNotFound, "no such object");
    TRY(auto version, model::decode_object_version(*current->value));
    version.origin = version.origin_or(current->uuid);
    if (origin_ && *origin_ != version.origin) return fail(ErrorKind::kPrecondition, "replaced meanwhile");
    CHECK_OK(edit_(version));
    return model::encode_object_version(version);
  }

 private:
  VersionEdit edit_;
  std::optional<Uuid> origin_;
};

table::Write make_edit(Core& core, std::string row_key, VersionEdit edit, std::optional<Uuid> origin) {
  table::Write write;
  write.key = std::move(row_key);
  write.uuid = core.env.random.id<Uuid>();
  write.conditional = true;
  write.keeps_modified = true;
  write.decision = std::make_shared<EditVersion>(std::move(edit), origin);
  return write;
}

// On several nodes a replica that missed the version gets its small body or pages with the edited row, so that it is as
// good as the others.
Task<Result<void>> edit_replicated(Core& core, std::string row_key, VersionEdit edit) {
  for (int attempt = 1;; ++attempt) {
    CO_TRY(const auto row, co_await core.objects->read(row_key));
    if (!row || !row->value) co_return fail(ErrorKind::kNotFound, "no such object");
    CO_TRY(const auto version, model::decode_object_version(*row->value));
    table::Write write = make_edit(core, row_key, edit, version.origin_or(row->uuid));
    size_t bytes = 0;
    for (auto& key : core.object_schema.companions_of(row_key, *row)) {
      CO_TRY(auto value, co_await core.beside(row_key, key.family, key.bytes));
      if (!value) break;
      bytes += value->size();
      if (bytes > table::kCompanionBytesMax) break;
      write.companions.push_back({key.family, std::move(key.bytes), std::move(*value)});
    }
    const auto written = co_await core.objects->write(std::move(write));
    if (written) co_return Result<void>{};
    // The edit's own refusals are not of this kind.
    if (written.error().kind != ErrorKind::kPrecondition || attempt == kAttemptsMax) {
      co_return std::unexpected(written.error());
    }
  }
}

}  // namespace

Task<Result<void>> Objects::edit(BucketRef bucket, std::string key, VersionEdit edit) {
  std::string row_key = object_key(bucket, key);
  if (core_->replicated()) co_return co_await edit_replicated(*core_, std::move(row_key), std::move(edit));
  auto write = make_edit(*core_, std::move(row_key), std::move(edit), std::nullopt);
  CO_TRY([[maybe_unused]] const auto written, co_await core_->objects->write(std::move(write)));
  co_return Result<void>{};
}

}  // namespace garage::object

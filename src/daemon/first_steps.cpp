#include "daemon/first_steps.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "codec/byte_size.hpp"
#include "model/access_key.hpp"

namespace garage::daemon {
namespace {

constexpr uint64_t kUnknownCapacity = 1u << 30;

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::kInvalid, std::move(message));
}

Result<void> check_variable(std::string_view name, bool is_set) {
  if (is_set) return {};
  return refuse(fmt::format("Environment variable `{}` is not set", name));
}

// The whole file system of each data directory that is written to.
uint64_t capacity_of(env::Disk& disk, const config::Settings& settings) {
  uint64_t total = 0;
  for (const auto& directory : settings.data_dir) {
    if (directory.read_only) continue;
    // Several directories may share one file system, which then counts once too often: take what the operator said
    // instead.
    if (settings.data_dir.size() > 1) {
      total += directory.capacity_bytes;
    } else if (const auto space = disk.space(directory.path)) {
      total += space->total_bytes;
    }
  }
  return total == 0 ? kUnknownCapacity : total;
}

Task<Result<void>> ensure_key(model::Settings& settings, const StartFlags& flags) {
  const std::string& id = *flags.access_key_id;
  if (auto existing = settings.directory()->key(id)) {
    if (existing->secret == *flags.secret_key) co_return Result<void>{};
    co_return refuse(fmt::format(
        "Access key {} is associated with a secret key different than the one given in GARAGE_DEFAULT_SECRET_KEY", id));
  }
  if (auto checked = model::check_imported_key(id, flags.secret_key->reveal()); !checked) {
    co_return std::unexpected(checked.error().within("Invalid default access key: Invalid key format"));
  }
  CO_TRY([[maybe_unused]] auto key,
         co_await settings.import_key(id, *flags.secret_key, "default access key", /*may_create_buckets=*/true));
  LOG_INFO("daemon", "imported the default access key {}", id);
  co_return Result<void>{};
}

Task<Result<void>> ensure_bucket(model::Settings& settings, const StartFlags& flags) {
  const std::string& name = *flags.bucket;
  const model::Permission all{.read = true, .write = true, .owner = true};
  if (const auto bucket = settings.directory()->resolve_bucket(name, nullptr)) {
    if (bucket->permission_of(*flags.access_key_id) == all) co_return Result<void>{};
    co_return co_await settings.set_permission(bucket->id, *flags.access_key_id, all);
  }
  model::Bucket wanted;
  wanted.global_aliases.insert(name);
  wanted.permissions[*flags.access_key_id] = all;
  const auto made = co_await settings.create_bucket(std::move(wanted));
  if (!made && made.error().kind == ErrorKind::kInvalid) {
    co_return refuse("Invalid default bucket name, see S3 specification for allowed bucket names.");
  }
  if (!made) co_return std::unexpected(made.error());
  LOG_INFO("daemon", "created the default bucket {}", name);
  co_return Result<void>{};
}

}  // namespace

Result<void> check_flags(const StartFlags& flags, const config::Settings& settings) {
  if (flags.single_node && settings.replication_factor != 1) {
    return refuse("Single-node mode requires replication_factor = 1 in the configuration file.");
  }
  if (!flags.single_node && (flags.default_access_key || flags.default_bucket)) {
    return refuse("Flags --default-access-key and --default-bucket can only be used in single-node mode.");
  }
  if (flags.default_access_key || flags.default_bucket) {
    CHECK_OK(check_variable("GARAGE_DEFAULT_ACCESS_KEY", flags.access_key_id.has_value()));
    CHECK_OK(check_variable("GARAGE_DEFAULT_SECRET_KEY", flags.secret_key.has_value()));
  }
  if (flags.default_bucket) CHECK_OK(check_variable("GARAGE_DEFAULT_BUCKET", flags.bucket.has_value()));
  return {};
}

Result<void> apply_single_node(env::Disk& disk, admin::LayoutKeeper& layout, const NodeId& self,
                               const config::Settings& settings) {
  const uint64_t version = layout.current()->version;
  if (version == 1) return {};
  if (version > 1) {
    return refuse(
        "Refusing to run in single-node mode: layout version is already superior to 1. Remove the --single-node flag "
        "to run the "
        "server in full mode.");
  }
  const uint64_t capacity = capacity_of(disk, settings);
  TRY([[maybe_unused]] auto applied, layout.edit_now([&](layout::History& edited) -> Result<void> {
    layout::revert_staged(edited);
    CHECK_OK(
        layout::stage_role(edited, self, layout::Role{.zone = "dc1", .capacity_bytes = capacity, .tags = {"default"}}));
    return layout::apply_staged(edited, 1);
  }));
  LOG_INFO("daemon", "applied the layout of a single node with a capacity of {}", codec::binary_size(capacity));
  return {};
}

Task<Result<void>> apply_default_key_and_bucket(model::Settings& settings, StartFlags flags) {
  if (!flags.default_access_key && !flags.default_bucket) co_return Result<void>{};
  CO_CHECK_OK(co_await ensure_key(settings, flags));
  if (!flags.default_bucket) co_return Result<void>{};
  co_return co_await ensure_bucket(settings, flags);
}

}  // namespace garage::daemon

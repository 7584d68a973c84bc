#include "config/secrets.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "env/small_file.hpp"

namespace garage::config {
namespace {

constexpr uint64_t kSecretBytesMax = 64u << 10;
constexpr uint32_t kOthersMask = 077, kGroupReads = 040;

Result<void> check_mode(env::Disk& disk, const std::string& path) {
  TRY(const env::FileStatus status, disk.status(path));
  if ((status.mode & kOthersMask) == 0) return {};
  // As orchestrators hand secrets to a process that is not root.
  if (status.root_lets_us && (status.mode & kOthersMask) == kGroupReads) return {};
  const bool everybody = (status.mode & 07) != 0;
  return fail(ErrorKind::kDenied,
              fmt::format("File {} is {} (mode: 0{:o}, expected 0600). Either restrict it (chmod 600 {}), or set "
                          "allow_world_readable_secrets = true in the configuration file, or "
                          "GARAGE_ALLOW_WORLD_READABLE_SECRETS=true in the environment",
                          path, everybody ? "world-readable" : "accessible to its group", status.mode & 0777, path));
}

Result<Secret> read_secret_file(env::Disk& disk, const std::string& path, bool check) {
  const auto context = fmt::format("Failed to read secret file {}", path);
  if (check) {
    if (auto safe = check_mode(disk, path); !safe) {
      return std::unexpected(safe.error().kind == ErrorKind::kDenied ? safe.error() : safe.error().within(context));
    }
  }
  auto content = env::read_file(disk, path, kSecretBytesMax);
  if (!content) return std::unexpected(content.error().within(context));
  const size_t end = content->find_last_not_of(" \t\r\n");
  content->resize(end == std::string::npos ? 0 : end + 1);
  return Secret(std::move(*content));
}

Result<std::optional<Secret>> resolve(env::Disk& disk, std::string_view name, const SecretSetting& strong,
                                      const SecretSetting& weak, bool check) {
  // Both at one level is an error even where the other level would win.
  for (const SecretSetting* level : {&strong, &weak}) {
    if (level->value && level->file) {
      return fail(ErrorKind::kInvalid, fmt::format("only one of `{0}` and `{0}_file` can be set", name));
    }
  }
  const SecretSetting& chosen = strong.value || strong.file ? strong : weak;
  std::optional<Secret> secret = chosen.value;
  if (!secret && chosen.file) {
    TRY(secret, read_secret_file(disk, *chosen.file, check));
  }
  if (secret && secret->reveal().empty()) {
    const std::string where = chosen.value ? "" : fmt::format(" (from file {})", *chosen.file);
    return fail(ErrorKind::kInvalid, fmt::format("`{}` is empty{}: give it a value, or leave it out", name, where));
  }
  return secret;
}

}  // namespace

Result<Secret> parse_rpc_secret(const Secret& text) {
  auto raw = from_hex(text.reveal());
  if (!raw || raw->size() != 32) {
    return fail(ErrorKind::kInvalid,
                "Invalid RPC secret key: expected 64 hexadecimal digits (32 bytes), as made by `openssl rand -hex 32`");
  }
  return Secret(std::move(*raw));
}

Result<std::optional<Secret>> read_secret(env::Disk& disk, std::string name, const SecretSetting& setting, bool check) {
  return resolve(disk, name, setting, {}, check);
}

Result<Secrets> resolve_secrets(env::Disk& disk, const Settings& settings, const SecretOverrides& overrides,
                                FileCheck check) {
  const bool check_files =
      check == FileCheck::kPrivate && !overrides.allow_world_readable.value_or(settings.allow_world_readable_secrets);
  Secrets out;
  TRY(auto rpc_text, resolve(disk, "rpc_secret", overrides.rpc_secret, settings.rpc_secret, check_files));
  if (rpc_text) {
    TRY(out.rpc_secret, parse_rpc_secret(*rpc_text));
  }
  if (check == FileCheck::kNone) return out;  // the command line needs no tokens
  TRY(out.admin_token, resolve(disk, "admin_token", overrides.admin_token, settings.admin.admin_token, check_files));
  TRY(out.metrics_token,
      resolve(disk, "metrics_token", overrides.metrics_token, settings.admin.metrics_token, check_files));
  return out;
}

}  // namespace garage::config

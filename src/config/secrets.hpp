// Secrets from their several places: command line or environment first, then the configuration file; each as itself or
// in a file.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
#include "env/disk.hpp"

namespace garage::config {

// What command line and environment give.
struct SecretOverrides {
  SecretSetting rpc_secret;
  SecretSetting admin_token;
  SecretSetting metrics_token;
  std::optional<bool> allow_world_readable;
};

struct Secrets {
  std::optional<Secret> rpc_secret;  // 32 raw bytes
  std::optional<Secret> admin_token;
  std::optional<Secret> metrics_token;
};

enum class FileCheck : unsigned char {
  kPrivate,  // a file that others may read is refused, unless the settings allow it
  kNone,     // of the command line, which only reads
};

// kInvalid, kDenied (permissions) and errors of reading, each naming the setting or file and the way out.
Result<Secrets> resolve_secrets(env::Disk& disk, const Settings& settings, const SecretOverrides& overrides,
                                FileCheck check);

// 64 hexadecimal digits to 32 bytes.
Result<Secret> parse_rpc_secret(const Secret& text);

// One secret by itself, where there is no configuration file.
Result<std::optional<Secret>> read_secret(env::Disk& disk, std::string name, const SecretSetting& setting,
                                          bool check_mode);

}  // namespace garage::config

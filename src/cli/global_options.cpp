#include "cli/global_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/duration_text.hpp"

namespace garage::cli {
namespace {

std::optional<std::string> either(const std::optional<std::string>& given, const Environment& environment,
                                  const char* variable) {
  return given ? given : environment(variable);
}

Result<bool> parse_bool(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  static constexpr std::array<std::string_view, 3> kYes = {"true", "1", "yes"};
  static constexpr std::array<std::string_view, 3> kNo = {"false", "0", "no"};
  if (std::ranges::find(kYes, text) != kYes.end()) return true;
  if (std::ranges::find(kNo, text) != kNo.end()) return false;
  return fail(
      ErrorKind::kInvalid,
      fmt::format(
          "'{}' for --allow-world-readable-secrets (GARAGE_ALLOW_WORLD_READABLE_SECRETS) is neither true nor false",
          text));
}

// The two spellings are one level: a flag beside the other variable counts as both given, which is refused later.
config::SecretSetting secret_of(const std::optional<std::string>& value, const std::optional<std::string>& file,
                                const Environment& environment, const char* value_variable, const char* file_variable) {
  config::SecretSetting out;
  if (auto text = either(value, environment, value_variable)) out.value = Secret(std::move(*text));
  out.file = either(file, environment, file_variable);
  return out;
}

}  // namespace

Result<GlobalOptions> resolve_global_options(const GivenOptions& given, const Environment& environment) {
  GlobalOptions out;
  if (auto path = either(given.config_path, environment, "GARAGE_CONFIG_FILE")) out.config_path = std::move(*path);
  out.rpc_host = either(given.rpc_host, environment, "GARAGE_RPC_HOST");
  out.secrets.rpc_secret =
      secret_of(given.rpc_secret, given.rpc_secret_file, environment, "GARAGE_RPC_SECRET", "GARAGE_RPC_SECRET_FILE");
  out.secrets.admin_token = secret_of(given.admin_token, given.admin_token_file, environment, "GARAGE_ADMIN_TOKEN",
                                      "GARAGE_ADMIN_TOKEN_FILE");
  out.secrets.metrics_token = secret_of(given.metrics_token, given.metrics_token_file, environment,
                                        "GARAGE_METRICS_TOKEN", "GARAGE_METRICS_TOKEN_FILE");
  if (auto text = either(given.allow_world_readable_secrets, environment, "GARAGE_ALLOW_WORLD_READABLE_SECRETS")) {
    TRY(out.secrets.allow_world_readable, parse_bool(std::move(*text)));
  }
  if (given.timeout) {
    const auto timeout = codec::parse_duration(*given.timeout);
    if (!timeout || timeout->count() == 0) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("'{}' for --timeout: {}", *given.timeout,
                              timeout ? "nothing can be done in no time" : timeout.error().message));
    }
    out.timeout = *timeout;
  }
  out.check_config = given.check_config;
  out.json = given.json;
  return out;
}

}  // namespace garage::cli

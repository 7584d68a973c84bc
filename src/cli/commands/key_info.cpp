// key info, key export-env
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"
#include "cli/commands/key_text.hpp"

namespace garage::cli {
namespace {

Result<Json> key_with_secret(Session& session) {
  return session.ask("GetKeyInfo", Json::object({{"search", session.arguments.text("key")}, {"showSecretKey", true}}));
}

}  // namespace

Result<void> run_key_info(Session& session) {
  const Arguments& arguments = session.arguments;
  const bool only_id = arguments.has("key-id"), only_secret = arguments.has("secret-key");
  const bool with_secret = arguments.has("show-secret") || (only_secret && !only_id);
  TRY(const Json key, with_secret ? key_with_secret(session) : find_key(session, arguments.text("key")));
  if (only_id) {
    session.say(text_of(key, "accessKeyId"));
  } else if (only_secret) {
    session.say(text_of(key, "secretAccessKey"));
  } else {
    say_key(session, key);
  }
  return {};
}

Result<void> run_key_export_env(Session& session) {
  TRY(const Json key, key_with_secret(session));
  const std::string prefix = session.arguments.find("prefix").value_or("AWS_");
  session.say(fmt::format("{}ACCESS_KEY_ID={}", prefix, text_of(key, "accessKeyId")));
  session.say(fmt::format("{}SECRET_ACCESS_KEY={}", prefix, text_of(key, "secretAccessKey")));
  const std::string region = session.settings ? session.settings->s3_api.s3_region : "garage";
  session.say(fmt::format("{}DEFAULT_REGION='{}'", prefix, region));
  if (session.settings && session.settings->s3_api.public_endpoint) {
    session.say(fmt::format("{}ENDPOINT_URL='{}/'", prefix, *session.settings->s3_api.public_endpoint));
  }
  return {};
}

}  // namespace garage::cli

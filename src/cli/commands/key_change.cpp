// key rename, key set, key allow, key deny
#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"
#include "cli/commands/key_text.hpp"
#include "cli/dates.hpp"

namespace garage::cli {
namespace {

Result<void> update(Session& session, Json changes) {
  TRY(const Json key, find_key(session, session.arguments.text("key")));
  changes.set("id", text_of(key, "accessKeyId"));
  TRY(const Json updated, session.ask("UpdateKey", changes));
  say_key(session, updated);
  return {};
}

Json create_bucket_flag(const Session& session) {
  return Json::object({{"createBucket", session.arguments.has("create-bucket")}});
}

}  // namespace

Result<void> run_key_rename(Session& session) {
  const std::string name = session.arguments.text("name");
  if (name.empty()) return fail(ErrorKind::kInvalid, "The name of a key must not be empty");
  return update(session, Json::object({{"name", name}}));
}

Result<void> run_key_set(Session& session) {
  const auto duration = session.arguments.find("expires-in");
  const bool never = session.arguments.has("never-expires");
  if (!duration && !never)
    return fail(ErrorKind::kInvalid, "Please specify what to change: --expires-in or --never-expires");
  Json changes = Json::object();
  if (never) changes.set("neverExpires", true);
  if (duration) {
    TRY(std::string moment, moment_after(session, *duration, "--expires-in"));
    changes.set("expiration", std::move(moment));
  }
  return update(session, std::move(changes));
}

Result<void> run_key_allow(Session& session) {
  return update(session, Json::object({{"allow", create_bucket_flag(session)}}));
}

Result<void> run_key_deny(Session& session) {
  return update(session, Json::object({{"deny", create_bucket_flag(session)}}));
}

}  // namespace garage::cli

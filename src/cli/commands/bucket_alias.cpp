// bucket alias, bucket unalias
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"

namespace garage::cli {
namespace {

Result<void> change_alias(Session& session, std::string_view operation, const std::string& bucket_id,
                          const std::string& key_id) {
  const std::string name = session.arguments.text("name");
  Json request = Json::object({{"bucketId", bucket_id}});
  if (key_id.empty()) {
    request.set("globalAlias", name);
  } else {
    request.set("localAlias", name);
    request.set("accessKeyId", key_id);
  }
  TRY(const Json bucket, session.ask(operation, request));
  say_bucket(session, bucket);
  return {};
}

// The bucket that `name` means for one key.
Result<std::string> local_bucket(const Json& key, const std::string& name) {
  for (const Json& bucket : items_of(key, "buckets")) {
    for (const std::string& alias : texts_of(bucket, "localAliases")) {
      if (alias == name) return text_of(bucket, "id");
    }
  }
  return fail(ErrorKind::kNotFound,
              fmt::format("Bucket not found in the namespace of key {}: {}", text_of(key, "accessKeyId"), name));
}

}  // namespace

Result<void> run_bucket_alias(Session& session) {
  TRY(const Json bucket, find_bucket(session, session.arguments.text("existing")));
  std::string key_id;
  if (const auto local = session.arguments.find("local")) {
    TRY(const Json key, find_key(session, *local));
    key_id = text_of(key, "accessKeyId");
  }
  return change_alias(session, "AddBucketAlias", text_of(bucket, "id"), key_id);
}

Result<void> run_bucket_unalias(Session& session) {
  const std::string name = session.arguments.text("name");
  if (const auto local = session.arguments.find("local")) {
    TRY(const Json key, find_key(session, *local));
    TRY(const std::string id, local_bucket(key, name));
    return change_alias(session, "RemoveBucketAlias", id, text_of(key, "accessKeyId"));
  }
  TRY(const Json bucket, session.ask("GetBucketInfo", Json::object({{"globalAlias", name}})));
  return change_alias(session, "RemoveBucketAlias", text_of(bucket, "id"), "");
}

}  // namespace garage::cli

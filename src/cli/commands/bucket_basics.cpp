// bucket info, bucket create, bucket delete
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"

namespace garage::cli {

namespace {

size_t count_local_aliases(const Json& bucket) {
  size_t count = 0;
  for (const Json& key : items_of(bucket, "keys")) count += texts_of(key, "bucketLocalAliases").size();
  return count;
}

}  // namespace

Result<void> run_bucket_info(Session& session) {
  TRY(const Json bucket, find_bucket(session, session.arguments.text("bucket")));
  say_bucket(session, bucket);
  return {};
}

Result<void> run_bucket_create(Session& session) {
  TRY(const Json bucket, session.ask("CreateBucket", Json::object({{"globalAlias", session.arguments.text("name")}})));
  say_bucket(session, bucket);
  return {};
}

Result<void> run_bucket_delete(Session& session) {
  const std::string name = session.arguments.text("bucket");
  TRY(const Json bucket, find_bucket(session, name));
  const std::string id = text_of(bucket, "id");
  for (const std::string& alias : texts_of(bucket, "globalAliases")) {
    if (alias == name || texts_of(bucket, "globalAliases").size() == 1) continue;
    return fail(ErrorKind::kInvalid,
                fmt::format("Bucket {} still has other global aliases, such as {}. Use `bucket unalias` to delete them "
                            "one by one.",
                            name, alias));
  }
  // A last name goes with the bucket, of whichever kind it is: no bucket can be without one.
  const bool is_last = texts_of(bucket, "globalAliases").empty() && count_local_aliases(bucket) == 1;
  for (const Json& key : items_of(bucket, "keys")) {
    if (texts_of(key, "bucketLocalAliases").empty() || is_last) continue;
    return fail(ErrorKind::kInvalid,
                fmt::format("Bucket {} still has local aliases, such as {} of key {}. Use `bucket unalias --local` to "
                            "delete them one by one.",
                            name, texts_of(key, "bucketLocalAliases").front(), text_of(key, "accessKeyId")));
  }
  if (!session.arguments.has("yes")) {
    return fail(ErrorKind::kInvalid,
                fmt::format("About to delete bucket {}. Add --yes flag to really perform this operation.", id));
  }
  TRY([[maybe_unused]] const Json deleted, session.ask("DeleteBucket", Json::object({{"id", id}})));
  session.say(fmt::format("Bucket {} has been deleted.", id));
  return {};
}

}  // namespace garage::cli

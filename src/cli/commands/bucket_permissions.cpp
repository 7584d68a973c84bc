// bucket allow, bucket deny
#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"

namespace garage::cli {
namespace {

Result<void> change_permissions(Session& session, std::string_view operation) {
  const Arguments& arguments = session.arguments;
  TRY(const Json bucket, find_bucket(session, arguments.text("bucket")));
  TRY(const Json key, find_key(session, arguments.text("key")));
  TRY(const Json changed,
      session.ask(operation, Json::object({{"bucketId", text_of(bucket, "id")},
                                           {"accessKeyId", text_of(key, "accessKeyId")},
                                           {"permissions", Json::object({{"read", arguments.has("read")},
                                                                         {"write", arguments.has("write")},
                                                                         {"owner", arguments.has("owner")}})}})));
  say_bucket(session, changed);
  return {};
}

}  // namespace

Result<void> run_bucket_allow(Session& session) {
  return change_permissions(session, "AllowBucketKey");
}

Result<void> run_bucket_deny(Session& session) {
  return change_permissions(session, "DenyBucketKey");
}

}  // namespace garage::cli

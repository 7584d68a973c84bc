// bucket allow, bucket deny
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"

namespace garage::cli {
namespace {

constexpr std::string_view kDeny = "DenyBucketKey";

// Reading or writing was taken from a key that may go on to do both.
void warn_of_owner(Session& session, const Json& bucket, const std::string& denied) {
  const Arguments& arguments = session.arguments;
  for (const Json& key : items_of(bucket, "keys")) {
    if (text_of(key, "accessKeyId") != denied || !flag_of(member(key, "permissions"), "owner")) continue;
    session.note(
        fmt::format("Warning: key {} is an owner of this bucket, and an owner may read and write whatever else "
                    "it is allowed. To take that too: `garage bucket deny --owner {} --key {}`",
                    denied, arguments.text("bucket"), arguments.text("key")));
  }
}

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
  if (operation == kDeny) warn_of_owner(session, changed, text_of(key, "accessKeyId"));
  return {};
}

}  // namespace

Result<void> run_bucket_allow(Session& session) {
  return change_permissions(session, "AllowBucketKey");
}

Result<void> run_bucket_deny(Session& session) {
  return change_permissions(session, kDeny);
}

}  // namespace garage::cli

// key delete, key delete-expired
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"
#include "cli/commands/whole_list.hpp"

namespace garage::cli {

Result<void> run_key_delete(Session& session) {
  TRY(const Json key, find_key(session, session.arguments.text("key")));
  const std::string id = text_of(key, "accessKeyId");
  if (!session.arguments.has("yes")) {
    return fail(ErrorKind::kInvalid,
                fmt::format("About to delete key {} ({}). Add --yes flag to really perform this operation.", id,
                            text_of(key, "name")));
  }
  TRY([[maybe_unused]] const Json deleted, session.ask("DeleteKey", Json::object({{"id", id}})));
  session.say(fmt::format("Access key {} has been deleted.", id));
  return {};
}

Result<void> run_key_delete_expired(Session& session) {
  TRY(const Json::Array keys, ask_whole_list(session, "ListKeys"));
  std::vector<std::string> expired;
  for (const Json& key : keys) {
    if (flag_of(key, "expired")) expired.push_back(text_of(key, "id"));
  }
  if (expired.empty()) {
    session.say("No expired access keys.");
    return {};
  }
  if (!session.arguments.has("yes")) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format("About to delete {} expired access keys: {}. Add --yes flag to really perform this operation.",
                    expired.size(), fmt::join(expired, ", ")));
  }
  for (const std::string& id : expired) {
    TRY([[maybe_unused]] const Json deleted, session.ask("DeleteKey", Json::object({{"id", id}})));
    session.say(fmt::format("Access key {} has been deleted.", id));
  }
  return {};
}

}  // namespace garage::cli

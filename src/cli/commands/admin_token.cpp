// admin-token list, info, delete, delete-expired
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "cli/commands.hpp"
#include "cli/commands/admin_token_text.hpp"
#include "cli/commands/whole_list.hpp"
#include "cli/dates.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {
namespace {

Result<void> delete_token(Session& session, const std::string& id) {
  TRY([[maybe_unused]] const Json deleted, session.ask("DeleteAdminToken", Json::object({{"id", id}})));
  session.say(fmt::format("Admin API token {} has been deleted.", id));
  return {};
}

}  // namespace

// Those of the daemon's configuration have neither id nor date, and come first.
Result<void> run_admin_token_list(Session& session) {
  TRY(const Json::Array tokens, ask_whole_list(session, "ListAdminTokens"));
  std::vector<const Json*> sorted;
  for (const Json& token : tokens) sorted.push_back(&token);
  std::ranges::sort(sorted, {},
                    [](const Json* token) { return std::pair(text_of(*token, "created"), text_of(*token, "name")); });
  std::vector<Row> rows = {{"ID", "Created", "Name", "Expiration", "Scope"}};
  for (const Json* token : sorted) {
    const std::string id = text_of(*token, "id"), created = text_of(*token, "created");
    rows.push_back({id.empty() ? "-" : id, created.empty() ? "-" : local_date(session, created),
                    text_of(*token, "name"), token_expiration(session, *token),
                    abbreviated(texts_of(*token, "scope"))});
  }
  session.out += text_table(rows);
  return {};
}

Result<void> run_admin_token_info(Session& session) {
  TRY(const Json token, find_admin_token(session, session.arguments.text("token")));
  say_admin_token(session, token);
  return {};
}

Result<void> run_admin_token_delete(Session& session) {
  TRY(const Json token, find_admin_token(session, session.arguments.text("token")));
  const std::string id = text_of(token, "id");
  if (!session.arguments.has("yes")) {
    return fail(ErrorKind::kInvalid,
                fmt::format("About to delete admin token {} ({}). Add --yes flag to really perform this operation.", id,
                            text_of(token, "name")));
  }
  return delete_token(session, id);
}

Result<void> run_admin_token_delete_expired(Session& session) {
  TRY(const Json::Array tokens, ask_whole_list(session, "ListAdminTokens"));
  std::vector<std::string> expired;
  for (const Json& token : tokens) {
    if (flag_of(token, "expired")) expired.push_back(text_of(token, "id"));
  }
  if (expired.empty()) {
    session.say("No expired admin tokens.");
    return {};
  }
  if (!session.arguments.has("yes")) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format("About to delete {} expired admin tokens: {}. Add --yes flag to really perform this operation.",
                    expired.size(), fmt::join(expired, ", ")));
  }
  for (const std::string& id : expired) CHECK_OK(delete_token(session, id));
  return {};
}

}  // namespace garage::cli

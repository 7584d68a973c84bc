#include "cli/commands/admin_token_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/dates.hpp"
#include "cli/text_table.hpp"

namespace garage::cli {

Result<Json> find_admin_token(Session& session, std::string_view pattern) {
  return session.ask("GetAdminTokenInfo", Json::object({{"search", pattern}}));
}

std::string token_expiration(const Session& session, const Json& token) {
  if (flag_of(token, "expired")) return "expired";
  const std::string expiration = text_of(token, "expiration");
  return expiration.empty() ? "never" : local_time(session, expiration);
}

void say_admin_token(Session& session, const Json& token) {
  const std::string expiration = text_of(token, "expiration");
  session.say("==== ADMINISTRATION TOKEN INFORMATION ====");
  session.out += text_table({{"Token ID:", text_of(token, "id")},
                             {"Token name:", text_of(token, "name")},
                             {"Created:", local_time(session, text_of(token, "created"))},
                             {"Validity:", flag_of(token, "expired") ? "EXPIRED" : "valid"},
                             {"Expiration:", expiration.empty() ? "never" : local_time(session, expiration)},
                             {"Scope:", fmt::format("{}", fmt::join(texts_of(token, "scope"), ", "))}});
}

}  // namespace garage::cli

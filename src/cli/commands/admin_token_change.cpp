// admin-token create, rename, set
#include <algorithm>

#include "cli/commands.hpp"
#include "cli/commands/admin_token_text.hpp"
#include "cli/dates.hpp"

namespace garage::cli {
namespace {

std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const size_t end = std::min(names.find(','), names.size());
    std::string_view name = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) out.emplace_back(name);
  }
  return out;
}

Json names_json(const std::vector<std::string>& names) {
  Json out = Json::array();
  for (const auto& name : names) out.push_back(name);
  return out;
}

// "A,B" is the new scope; "+A,B" adds to what it was, "-A,B" takes away.
Json scope_after(std::string_view change, std::vector<std::string> scope) {
  if (!change.starts_with('+') && !change.starts_with('-')) return names_json(split(change));
  for (const auto& name : split(change.substr(1))) {
    std::erase(scope, name);
    if (change.starts_with('+')) scope.push_back(name);
  }
  return names_json(scope);
}

Result<void> add_expiration(const Session& session, Json& request) {
  if (const auto duration = session.arguments.find("expires-in")) {
    TRY(std::string moment, moment_after(session, *duration, "--expires-in"));
    request.set("expiration", std::move(moment));
  }
  return {};
}

Result<void> update(Session& session, const Json& token, Json changes) {
  changes.set("id", text_of(token, "id"));
  TRY(const Json updated, session.ask("UpdateAdminToken", changes));
  say_admin_token(session, updated);
  return {};
}

}  // namespace

Result<void> run_admin_token_create(Session& session) {
  const Arguments& arguments = session.arguments;
  Json request = Json::object();
  if (const auto name = arguments.find("name")) request.set("name", *name);
  CHECK_OK(add_expiration(session, request));
  if (const auto scope = arguments.find("scope")) {
    const auto names = split(*scope);
    if (names.empty()) return fail(ErrorKind::kInvalid, "--scope names no operation: the token could do nothing");
    request.set("scope", names_json(names));
  }
  TRY(const Json token, session.ask("CreateAdminToken", request));
  if (arguments.has("quiet")) {
    session.say(text_of(token, "secretToken"));
    return {};
  }
  session.say("The secret token, which is shown only now:\n");
  session.say("    " + text_of(token, "secretToken") + "\n");
  say_admin_token(session, token);
  return {};
}

Result<void> run_admin_token_rename(Session& session) {
  TRY(const Json token, find_admin_token(session, session.arguments.text("token")));
  return update(session, token, Json::object({{"name", session.arguments.text("name")}}));
}

Result<void> run_admin_token_set(Session& session) {
  const Arguments& arguments = session.arguments;
  const auto scope = arguments.find("scope");
  const bool never = arguments.has("never-expires");
  if (!scope && !never && !arguments.find("expires-in")) {
    return fail(ErrorKind::kInvalid, "Please specify what to change: --expires-in, --never-expires or --scope");
  }
  TRY(const Json token, find_admin_token(session, arguments.text("token")));
  Json changes = Json::object();
  if (never) changes.set("neverExpires", true);
  CHECK_OK(add_expiration(session, changes));
  if (scope) changes.set("scope", scope_after(*scope, texts_of(token, "scope")));
  return update(session, token, std::move(changes));
}

}  // namespace garage::cli

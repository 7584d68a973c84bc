// key create, key import
#include "cli/commands.hpp"
#include "cli/commands/key_text.hpp"
#include "cli/dates.hpp"

namespace garage::cli {

Result<void> run_key_create(Session& session) {
  const Arguments& arguments = session.arguments;
  Json request = Json::object({{"name", arguments.find("name").value_or("Unnamed key")}});
  if (const auto duration = arguments.find("expires-in")) {
    TRY(std::string moment, moment_after(session, *duration, "--expires-in"));
    request.set("expiration", std::move(moment));
  }
  TRY(const Json key, session.ask("CreateKey", request));
  say_key(session, key);
  return {};
}

Result<void> run_key_import(Session& session) {
  const Arguments& arguments = session.arguments;
  if (!arguments.has("yes")) {
    return fail(ErrorKind::kInvalid,
                "This command is intended to re-import keys that were made elsewhere, for example by another cluster. "
                "To create a new key, use "
                "`garage key create`. Add the --yes flag if you really want to import this key.");
  }
  TRY(const Json key,
      session.ask("ImportKey", Json::object({{"accessKeyId", arguments.text("id")},
                                             {"secretAccessKey", arguments.text("secret")},
                                             {"name", arguments.find("name").value_or("Imported key")}})));
  say_key(session, key);
  return {};
}

}  // namespace garage::cli

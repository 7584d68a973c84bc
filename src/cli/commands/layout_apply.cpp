// layout apply, layout revert
#include <fmt/format.h>

#include <charconv>

#include "cli/commands.hpp"
#include "cli/commands/layout_text.hpp"
#include "cli/json_view.hpp"
#include "cli/wording.hpp"

namespace garage::cli {

Result<void> run_layout_apply(Session& session) {
  const auto text = session.arguments.find("version");
  if (!text) {
    return fail(ErrorKind::kInvalid,
                "Please pass the new layout version number to ensure that you are writing the correct version of the "
                "cluster layout.\n"
                "To know the correct value of the new layout version, invoke `garage layout show` and review the "
                "proposed changes.");
  }
  uint64_t version = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), version);
  if (error != std::errc() || end != text->data() + text->size()) {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is not a version number", *text));
  }
  Json request = Json::object({{"version", version}});
  std::vector<std::string> revoked;
  for (const std::string& prefix : session.arguments.all("revoke")) {
    // Of a node that nobody knows any more the whole id will do: nothing is waited for in its name.
    TRY(std::string id, find_node(session, prefix, Unknown::kByWholeId));
    revoked.push_back(std::move(id));
  }
  if (!revoked.empty()) {
    Json ids = Json::array();
    for (const std::string& id : revoked) ids.push_back(id);
    request.set("revoke", std::move(ids));
  }
  if (session.arguments.has("allow-missing-data")) request.set("allowMissingData", true);
  TRY(const Json applied, session.ask("ApplyClusterLayout", request));
  for (const std::string& line : texts_of(applied, "message")) session.say(line);
  for (const std::string& id : revoked) {
    session.say(fmt::format("Node {} is not waited for, and refused for ever, even if it comes back.", short_id(id)));
  }
  if (number_of(member(applied, "layout"), "version") + 1 == version) return {};  // nothing was staged: it only revoked
  session.say("");
  session.say("New cluster layout with updated role assignment has been applied in cluster.");
  session.say("Data will now be moved around between nodes accordingly.");
  return {};
}

Result<void> run_layout_revert(Session& session) {
  if (!session.arguments.has("yes")) {
    return fail(ErrorKind::kInvalid, "Please add the --yes flag to run the layout revert operation");
  }
  TRY([[maybe_unused]] const Json layout, session.ask("RevertClusterLayout"));
  session.say("All proposed role changes in cluster layout have been canceled.");
  return {};
}

}  // namespace garage::cli

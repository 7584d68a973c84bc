#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/commands/layout_text.hpp"

namespace garage::cli {

Result<void> run_layout_show(Session& session) {
  TRY(const Json layout, session.ask("GetClusterLayout"));
  session.say("==== CURRENT CLUSTER LAYOUT ====");
  say_roles(session, layout);
  session.say("");
  session.say(fmt::format("Current cluster layout version: {}", number_of(layout, "version")));
  if (!say_staged_changes(session, layout)) return {};
  TRY(const Json preview, session.ask("PreviewClusterLayoutChanges"));
  session.say("");
  session.say("==== NEW CLUSTER LAYOUT AFTER APPLYING CHANGES ====");
  if (const std::string error = text_of(preview, "error"); !error.empty()) {
    session.say("Error while trying to compute the assignment: " + error);
    session.say("This new layout cannot yet be applied.");
    session.say("You can also revert all proposed changes with: garage layout revert --yes");
    return {};
  }
  const Json& next = member(preview, "newLayout");
  say_roles(session, next);
  session.say("");
  for (const std::string& line : texts_of(preview, "message")) session.say(line);
  session.say("");
  session.say("To enact the staged role changes, type:");
  session.say("");
  session.say(fmt::format("    garage layout apply --version {}", number_of(next, "version")));
  session.say("");
  session.say("You can also revert all proposed changes with: garage layout revert --yes");
  return {};
}

}  // namespace garage::cli

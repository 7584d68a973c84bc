#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/json_view.hpp"
#include "cli/text_table.hpp"

namespace garage::cli {

Result<void> run_health(Session& session) {
  TRY(const Json health, session.ask("GetClusterHealth"));
  std::string status = text_of(health, "status");
  if (!session.arguments.has("quiet")) {
    std::string shown = status;
    std::ranges::transform(shown, shown.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const auto number = [&health](std::string_view name) { return fmt::format("{}", number_of(health, name)); };
    session.out += text_table({{"Cluster health:", shown},
                               {"Known nodes:", number("knownNodes")},
                               {"Connected nodes:", number("connectedNodes")},
                               {"Storage nodes:", number("storageNodes")},
                               {"Storage nodes up:", number("storageNodesUp")},
                               {"Partitions:", number("partitions")},
                               {"Partitions with quorum:", number("partitionsQuorum")},
                               {"Fully healthy partitions:", number("partitionsAllOk")}});
  }
  // Quietly: by the exit code only.
  if (status == "unavailable" && session.arguments.has("quiet")) return fail(ErrorKind::kUnavailable, "");
  if (status == "unavailable") return fail(ErrorKind::kUnavailable, "Cluster is currently unavailable");
  return {};
}

}  // namespace garage::cli

// repair
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cli/commands.hpp"
#include "cli/commands/node_answers.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {
namespace {

struct Name {
  std::string_view word;
  std::string_view type;  // of the operation; empty: not built yet
};
constexpr std::array<Name, 9> kRepairs = {{{"tables", "tables"},
                                           {"blocks", "blocks"},
                                           {"block-refs", "blockRefs"},
                                           {"block-rc", "blockRc"},
                                           {"clear-resync-queue", "clearResyncQueue"},
                                           {"versions", ""},
                                           {"mpu", ""},
                                           {"aliases", ""},
                                           {"rebalance", ""}}};

}  // namespace

Result<void> run_repair(Session& session) {
  const auto words = session.arguments.all("what");
  const std::string what = words.empty() ? "" : words.front();
  if (what == "scrub") return fail(ErrorKind::kUnsupported, "repair scrub is not built yet");
  const auto repair = std::ranges::find(kRepairs, what, &Name::word);
  if (repair == kRepairs.end() || words.size() > 1) {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is none of the repairs", fmt::join(words, " ")));
  }
  if (repair->type.empty()) return fail(ErrorKind::kUnsupported, fmt::format("repair {} is not built yet", what));
  if (!session.arguments.has("yes")) return fail(ErrorKind::kInvalid, "Please add --yes to start the repair");
  TRY(const NodeAnswers answers,
      ask_nodes(session, "LaunchRepairOperation", Json::object({{"repairType", repair->type}})));
  std::vector<Row> rows;
  for (const auto& [id, answer] : answers.good) rows.push_back({short_id(id), "Repair launched"});
  for (const auto& [id, why] : answers.failed) rows.push_back({short_id(id), "Error: " + why});
  session.out += text_table(rows);
  return all_answered(answers);
}

}  // namespace garage::cli

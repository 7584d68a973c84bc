// repair
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/commands/node_answers.hpp"
#include "cli/commands/repair_names.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {

Result<void> run_repair(Session& session) {
  const auto words = session.arguments.all("what");
  std::string what = words.empty() ? "" : words.front();
  std::ranges::replace(what, '_', '-');  // as older scripts write it
  if (what == "scrub") return fail(ErrorKind::kUnsupported, "repair scrub is not built yet");
  const auto repair = std::ranges::find(kRepairs, what, &RepairName::word);
  if (repair == kRepairs.end() || words.size() > 1) {
    std::vector<std::string_view> names;
    for (const RepairName& one : kRepairs) names.push_back(one.word);
    return fail(ErrorKind::kInvalid,
                fmt::format("'{}' is none of the repairs: {}, scrub", fmt::join(words, " "), fmt::join(names, ", ")));
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

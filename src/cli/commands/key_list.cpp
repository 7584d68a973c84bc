#include <algorithm>
#include <utility>

#include "cli/commands.hpp"
#include "cli/commands/whole_list.hpp"
#include "cli/dates.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {
namespace {

std::string expiration_text(const Session& session, const Json& key) {
  if (flag_of(key, "expired")) return "expired";
  const std::string expiration = text_of(key, "expiration");
  return expiration.empty() ? "never" : local_time(session, expiration);
}

}  // namespace

Result<void> run_key_list(Session& session) {
  TRY(const Json::Array keys, ask_whole_list(session, "ListKeys"));
  std::vector<const Json*> sorted;
  for (const Json& key : keys) sorted.push_back(&key);
  std::ranges::sort(sorted, {},
                    [](const Json* key) { return std::pair(text_of(*key, "created"), text_of(*key, "id")); });
  std::vector<Row> rows = {{"ID", "Created", "Name", "Expiration"}};
  for (const Json* key : sorted) {
    rows.push_back({text_of(*key, "id"), local_date(session, text_of(*key, "created")), text_of(*key, "name"),
                    expiration_text(session, *key)});
  }
  session.out += text_table(rows);
  return {};
}

}  // namespace garage::cli

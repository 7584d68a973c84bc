#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/commands.hpp"
#include "cli/commands/whole_list.hpp"
#include "cli/dates.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {

Result<void> run_bucket_list(Session& session) {
  TRY(const Json::Array buckets, ask_whole_list(session, "ListBuckets"));
  std::vector<const Json*> sorted;
  for (const Json& bucket : buckets) sorted.push_back(&bucket);
  std::ranges::sort(sorted, {},
                    [](const Json* bucket) { return std::pair(text_of(*bucket, "created"), text_of(*bucket, "id")); });
  std::vector<Row> rows = {{"ID", "Created", "Global aliases", "Local aliases"}};
  for (const Json* bucket : sorted) {
    std::vector<std::string> local;
    for (const Json& alias : items_of(*bucket, "localAliases")) {
      local.push_back(fmt::format("{}:{}", text_of(alias, "accessKeyId"), text_of(alias, "alias")));
    }
    rows.push_back({short_id(text_of(*bucket, "id")), local_date(session, text_of(*bucket, "created")),
                    abbreviated(texts_of(*bucket, "globalAliases")), abbreviated(local)});
  }
  session.out += text_table(rows);
  return {};
}

}  // namespace garage::cli

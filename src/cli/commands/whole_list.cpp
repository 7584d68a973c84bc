#include "cli/commands/whole_list.hpp"

#include <string>
#include <utility>

namespace garage::cli {

Result<Json::Array> ask_whole_list(Session& session, std::string_view operation) {
  Json::Array all;
  std::string from;
  for (;;) {
    const Json request = from.empty() ? Json() : Json::object({{"offset", from}});
    TRY(const Json page, session.ask(operation, request));
    std::string last = from;
    for (const Json& item : items_of(page)) {
      std::string id = text_of(item, "id");
      const bool was_there = !from.empty() && id <= from;
      if (was_there) continue;
      last = std::move(id);
      all.push_back(item);
    }
    // How much a page holds is the daemon's affair: the list ends with one that brings nothing new.
    if (last == from) break;
    from = std::move(last);
  }
  if (operation == session.json_operation) session.json_answer = Json(all);
  return all;
}

}  // namespace garage::cli

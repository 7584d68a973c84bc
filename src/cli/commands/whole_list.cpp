#include "cli/commands/whole_list.hpp"

#include <string>
#include <utility>

namespace garage::cli {
namespace {

constexpr size_t kPageMax = 10'000;

}  // namespace

Result<Json::Array> ask_whole_list(Session& session, std::string_view operation) {
  Json::Array all;
  std::string last;
  for (;;) {
    const Json request = last.empty() ? Json() : Json::object({{"offset", last}});
    TRY(const Json page, session.ask(operation, request));
    const Json::Array items = items_of(page);
    for (const Json& item : items) {
      const bool was_there = !last.empty() && text_of(item, "id") == last;
      if (!was_there) all.push_back(item);
    }
    if (items.size() < kPageMax) return all;
    std::string next = text_of(items.back(), "id");
    if (next == last) return all;
    last = std::move(next);
  }
}

}  // namespace garage::cli

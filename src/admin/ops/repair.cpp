// LaunchRepairOperation
#include <array>
#include <utility>

#include "admin/fields.hpp"
#include "admin/node_select.hpp"

namespace garage::admin {
namespace {

using Repair = Maintenance::Repair;

constexpr std::array<std::pair<std::string_view, Repair>, 5> kRepairs = {{
    {"tables", Repair::kTables},
    {"blocks", Repair::kBlocks},
    {"blockRefs", Repair::kBlockRefs},
    {"blockRc", Repair::kBlockRc},
    {"clearResyncQueue", Repair::kClearResyncQueue},
}};
constexpr std::array<std::string_view, 4> kUnbuilt = {"versions", "multipartUploads", "rebalance", "aliases"};

Task<Reply> launch_here(Context& context, Json request) {
  if (context.maintenance == nullptr) {
    co_return admin_fail("ServiceUnavailable", 503, "this node has no background work");
  }
  const Json* type = Fields(request).find("repairType");
  if (type == nullptr) co_return invalid_request("`repairType` is missing");
  const auto name = type->as_string();
  if (type->find("scrub") != nullptr || (name && std::ranges::count(kUnbuilt, *name) > 0)) {
    co_return admin_fail("NotImplemented", 501, "this repair is not built yet");
  }
  const auto repair = std::ranges::find(kRepairs, name.value_or(""), &std::pair<std::string_view, Repair>::first);
  if (repair == kRepairs.end()) co_return invalid_request("`repairType` is none of the repairs");
  CO_ADMIN_CHECK_OK(co_await context.maintenance->launch(repair->second));
  co_return Json();
}

}  // namespace

Task<Reply> launch_repair_operation(Context& context, Json request) {
  return on_nodes(context, std::move(request), "LaunchRepairOperation", launch_here);
}

}  // namespace garage::admin

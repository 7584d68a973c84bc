// ListBlockErrors, RetryBlockResync
#include <fmt/format.h>

#include "admin/fields.hpp"
#include "admin/node_select.hpp"
#include "block/lookup.hpp"
#include "runtime/pool.hpp"

namespace garage::admin {
namespace {

constexpr size_t kErrorsShownMax = 10'000;
constexpr size_t kReferencesCountedMax = 10'000;

std::unexpected<AdminError> no_resync() {
  return admin_fail("ServiceUnavailable", 503, "this node fetches no blocks");
}

uint64_t seconds_until(uint64_t then_ms, uint64_t now_ms) {
  return then_ms <= now_ms ? 0 : (then_ms - now_ms) / 1000;
}

Task<Reply> list_here(Context& context, Json) {
  if (context.maintenance == nullptr) co_return no_resync();
  CO_ADMIN_TRY(const auto troubles, co_await context.maintenance->resync().troubles(kErrorsShownMax));
  const uint64_t now_ms = context.now_ms();
  Json out = Json::array();
  for (const auto& trouble : troubles) {
    CO_ADMIN_TRY(const auto references, co_await runtime::run_on(context.env.pools.disk, [&context, &trouble] {
                   return block::references_of(context.store, trouble.hash, kReferencesCountedMax);
                 }));
    out.push_back(Json::object({{"blockHash", trouble.hash.hex()},
                                {"refcount", references.size()},
                                {"errorCount", trouble.attempts},
                                {"lastTrySecsAgo", seconds_until(now_ms, trouble.tried_ms)},
                                {"nextTryInSecs", seconds_until(trouble.due_ms, now_ms)}}));
  }
  co_return out;
}

AdminResult<std::vector<BlockHash>> read_hashes(const Json& list) {
  std::vector<BlockHash> out;
  const Json::Array* items = list.as_array();
  if (items == nullptr) return invalid_request("expected a list of block hashes");
  for (const Json& item : *items) {
    const auto hash = BlockHash::from_hex(item.as_string().value_or(""));
    if (!hash) return invalid_request("expected whole block hashes");
    out.push_back(*hash);
  }
  return out;
}

Task<Reply> retry_here(Context& context, Json request) {
  if (context.maintenance == nullptr) co_return no_resync();
  const Fields fields(request);
  std::optional<std::vector<BlockHash>> hashes;
  if (const Json* list = fields.find("blockHashes")) {
    CO_ADMIN_TRY(hashes, read_hashes(*list));
  } else {
    CO_ADMIN_TRY(const auto all, fields.flag("all"));
    if (!all.value_or(false)) co_return invalid_request("`all` must be true, or `blockHashes` given");
  }
  auto count = co_await context.maintenance->resync().retry_now(std::move(hashes));
  if (!count && count.error().kind == ErrorKind::kNotFound) {
    co_return admin_fail("NoSuchBlock", 404, count.error().message);
  }
  CO_ADMIN_CHECK_OK(count);
  co_return Json::object({{"count", *count}});
}

}  // namespace

Task<Reply> list_block_errors(Context& context, Json request) {
  return on_nodes(context, std::move(request), "ListBlockErrors", list_here);
}
Task<Reply> retry_block_resync(Context& context, Json request) {
  return on_nodes(context, std::move(request), "RetryBlockResync", retry_here);
}

}  // namespace garage::admin

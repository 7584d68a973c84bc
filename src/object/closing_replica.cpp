#include "object/closing_replica.hpp"

#include <algorithm>
#include <utility>

#include "runtime/pool.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

constexpr size_t kStepsMax = 100'000;  // of one answer; the asker comes again

Result<CloseAnswer> look(kv::Store& store, const CloseRequest& request) {
  CloseAnswer answer;
  size_t steps = 0;
  for (const uint16_t shard : request.shards) {
    const std::string prefix = table::shard_prefix(request.bucket, shard);
    auto rows = store.iterate(kv::Family::kObject, {prefix, table::prefix_end(prefix)});
    for (rows->seek(std::max(prefix, request.from)); rows->valid(); rows->next()) {
      if (++steps > kStepsMax || answer.living.size() == kLivingRowsMax) {
        answer.next_from = rows->key();
        return answer;
      }
      TRY(const auto row, table::decode_row_view(rows->key(), rows->value()));
      if (row.value) answer.living.push_back({std::string(rows->key()), row.ord});
    }
    CHECK_OK(rows->status());
  }
  return answer;
}

}  // namespace

Task<Result<CloseAnswer>> hold_and_look(Core& core, CloseRequest request) {
  if (!core.cluster) co_return fail(ErrorKind::kUnsupported, "this node is alone");
  CO_TRY(const bool held,
         co_await core.cluster->hold_deletion(request.bucket, request.attempt, std::move(request.row)));
  if (!held) co_return CloseAnswer{};
  // After that, not before: whatever clients bring later is refused.
  CO_TRY(auto answer,
         co_await runtime::run_on(core.env.pools.disk, [&core, &request] { return look(core.store, request); }));
  answer.held = true;
  // After the look: so the mark was there before this node entered a later stage.
  for (const uint16_t shard : request.shards) {
    answer.stage = std::max(answer.stage, core.cluster->rows->stage_of(table::shard_prefix(request.bucket, shard)));
  }
  co_return answer;
}

}  // namespace garage::object

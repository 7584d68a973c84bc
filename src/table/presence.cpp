#include "table/presence.hpp"

#include <algorithm>
#include <utility>

#include "runtime/loop.hpp"
#include "table/companion_walk.hpp"
#include "table/operations.hpp"
#include "table/row.hpp"

namespace garage::table {
namespace {

constexpr Duration kCallTimeout = 30s;
constexpr size_t kWalkedMax = 20'000;  // companions looked at for one answer; who asks comes again

}  // namespace

Result<Presence> PresenceReplica::look_at(const Schema& schema, const VersionedKey& asked, size_t& walked) {
  TRY(const auto encoded, store_.get(schema.family(), asked.key));
  if (!encoded) return Presence::kNothing;
  TRY(const Row row, decode_row(asked.key, *encoded));
  if (row.ord != asked.version) return row.ord < asked.version ? Presence::kNothing : Presence::kNewer;
  for (CompanionWalk walk(schema, asked.key, row); !walk.done(); ++walked) {
    TRY(const kv::Key at, walk.at());
    TRY(const auto value, store_.get(at.family, at.bytes));
    if (!value) return Presence::kRow;
    walk.found(*value);
  }
  return Presence::kAll;
}

Result<std::vector<Presence>> PresenceReplica::look(const PresenceRequest& request, const Table& table) {
  std::vector<Presence> out;
  size_t walked = 0;
  for (const VersionedKey& asked : request.rows) {
    if (walked > kWalkedMax) break;
    const auto seen = look_at(*table.schema, asked, walked);
    // Afterwards, as with any answer: what was seen while the stage was still good was good.
    const bool same_stage = table.placement->stage_of(asked.key) == request.stage;
    out.push_back(seen && same_stage ? *seen : Presence::kUnsaid);
  }
  // Where answers do not wait for the device, what was seen may not be there yet.
  if (std::ranges::find(out, Presence::kAll) != out.end()) CHECK_OK(store_.sync());
  return out;
}

Task<Result<std::string>> PresenceReplica::answer(std::string payload) {
  CO_TRY(const auto request, decode_presence_request(payload));
  const Table table = tables_[static_cast<size_t>(request.family)];
  if (!table.schema) co_return fail(ErrorKind::kUnsupported, "rows that this node does not keep");
  CO_TRY(const auto seen, co_await runtime::run_on(disk_, [&] { return look(request, table); }));
  co_return encode_presence_answer(seen);
}

Task<Result<std::vector<Presence>>> ask_presence(net::Caller& caller, NodeId node, PresenceRequest request) {
  std::vector<Presence> out;
  while (!request.rows.empty()) {
    const net::CallOptions options{.deadline = runtime::Loop::current()->now() + kCallTimeout,
                                   .priority = net::Priority::kBackground};
    CO_TRY(const std::string bytes,
           co_await caller.call(node, std::string(kPresenceOperation), encode_presence_request(request), options));
    CO_TRY(const auto told, decode_presence_answer(request, bytes));
    out.insert(out.end(), told.begin(), told.end());
    request.rows.erase(request.rows.begin(), request.rows.begin() + static_cast<std::ptrdiff_t>(told.size()));
  }
  co_return std::move(out);
}

}  // namespace garage::table

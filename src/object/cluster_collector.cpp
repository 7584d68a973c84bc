#include "object/cluster_collector.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "object/collector.hpp"
#include "object/queue_entry.hpp"
#include "object/service.hpp"
#include "object/upload_rows.hpp"
#include "object/verdict.hpp"
#include "table/gather.hpp"

namespace garage::object {
namespace {

constexpr Duration kTellTimeout = 10s;
constexpr size_t kTellAtOnce = 1024;  // so that one who is slow to hear it costs little
constexpr Duration kLookAgain = std::chrono::minutes(1);
constexpr size_t kPostponedMax = 100'000;
constexpr size_t kBodiesAtOnce = 8;  // of one entry

uint64_t milliseconds(Duration duration) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// All parts of a version that was replaced, and the pages that list them.
Task<Result<std::vector<model::ObjectPart>>> parts_of_entry(Core& core, DropEntry entry, model::ObjectVersion version,
                                                            std::vector<kv::Key>* pages) {
  std::vector<model::ObjectPart> parts = std::move(version.parts);
  for (uint32_t page = 0; page < version.part_pages; ++page) {
    std::string key = model::manifest_key(entry.uuid, page);
    CO_TRY(const auto encoded, co_await core.beside(entry.row_key, kv::Family::kManifest, key));
    if (!encoded) continue;
    CO_TRY(auto more, model::decode_part_page(key, *encoded));
    std::ranges::move(more, std::back_inserter(parts));
    pages->push_back({kv::Family::kManifest, std::move(key)});
  }
  co_return parts;
}

// What lies beside the bodies of a version here.
struct Beside {
  std::vector<kv::Key> rows;
  std::vector<PartRows> of_parts;
};
Result<void> name_beside(const DropEntry& entry, const model::ObjectVersion& version,
                         const std::vector<model::ObjectPart>& parts, Beside& out) {
  if (!version.is_multipart()) {
    name_rows_of(version.body, out.rows);
    return {};
  }
  TRY(const std::string upload_row, upload_row_beside(entry.row_key, version.upload));
  for (const auto& part : parts) {
    PartRows rows{part_row_key(upload_row, part.number, part.body.owner), {}};
    name_rows_of(part.body, rows.rows);
    if (!rows.rows.empty()) out.of_parts.push_back(std::move(rows));
  }
  return {};
}

Task<void> tell(Core& core, NodeId node, std::string entry_key) {
  const net::CallOptions options{runtime::Loop::current()->now() + kTellTimeout, net::Lane::kControl,
                                 net::Priority::kBackground};
  (void)co_await core.cluster->caller->call(node, std::string(kDeadOperation), encode_dead(entry_key), options);
}

// Who does not hear it finds out by itself when its turn comes.
void tell_others(Core& core, const std::string& row_key, const std::string& entry_key) {
  const auto sets = core.cluster->rows->sets_for(row_key);
  for (const NodeId& node : table::union_of(sets.write)) {
    if (node != core.cluster->self && core.telling.running() < kTellAtOnce) {
      core.telling.spawn(tell(core, node, entry_key));
    }
  }
}

// Whoever read the row before it was found out that nothing names the version any more has its grace from then on.
bool is_graced(Core& core, const Uuid& version, std::optional<MonotonicTime> dead_since) {
  const MonotonicTime now = core.env.clock.monotonic_now();
  if (!dead_since) core.seen_by_collector.note_dead(version, now);
  return now - dead_since.value_or(now) < core.options.collect_grace;
}

}  // namespace

bool is_postponed(Core& core, const std::string& entry) {
  const auto found = core.postponed_entries.find(entry);
  if (found == core.postponed_entries.end()) return false;
  if (core.env.clock.monotonic_now() < found->second) return true;
  core.postponed_entries.erase(found);
  return false;
}

bool postpone(Core& core, const std::string& entry) {
  if (core.postponed_entries.size() < kPostponedMax) {
    core.postponed_entries[entry] = core.env.clock.monotonic_now() + kLookAgain;
  }
  return false;
}

uint64_t turn_ms(const Core& core, std::string_view row_key) {
  const auto members = table::union_of(core.cluster->rows->sets_for(row_key).write);
  const auto self = std::ranges::find(members, core.cluster->self);
  size_t turn = members.size();  // not one of them any more: after all others
  if (self != members.end()) {
    const size_t first = row_key.empty() ? 0 : static_cast<unsigned char>(row_key.back()) % members.size();
    turn = (static_cast<size_t>(self - members.begin()) + members.size() - first) % members.size();
  }
  return turn * milliseconds(core.options.collect_turn);
}

void name_rows_of(const model::BodyPlace& body, std::vector<kv::Key>& out) {
  if (body.is_inline) out.push_back({kv::Family::kInline, std::string(body.owner.view())});
  for (uint32_t page = 0; page < body.manifest_pages; ++page) {
    out.push_back({kv::Family::kManifest, model::manifest_key(body.owner, page)});
  }
}

namespace {

Task<Result<void>> drop_blocks_of(Core& core, std::string row_key, model::BodyPlace body, Ord judged) {
  if (!body.blocks.empty()) {
    CO_CHECK_OK(co_await core.cluster->blocks->drop(body.owner, hashes_of(body.blocks), judged));
  }
  for (uint32_t page = 0; page < body.manifest_pages; ++page) {
    const std::string key = model::manifest_key(body.owner, page);
    CO_TRY(const auto encoded, co_await core.beside(row_key, kv::Family::kManifest, key));
    if (!encoded) continue;
    CO_TRY(const auto blocks, model::decode_block_page(key, *encoded));
    CO_CHECK_OK(co_await core.cluster->blocks->drop(body.owner, hashes_of(blocks), judged));
  }
  co_return Result<void>();
}

Task<void> drop_beside_others(Core& core, std::string row_key, model::BodyPlace body, Ord judged,
                              Result<void>& outcome) {
  auto dropped = co_await drop_blocks_of(core, std::move(row_key), std::move(body), judged);
  if (!dropped) outcome = std::move(dropped);
}

}  // namespace

Task<Result<void>> drop_blocks(Core& core, std::string row_key, std::vector<model::BodyPlace> bodies, Ord judged) {
  Result<void> outcome;
  runtime::TaskGroup dropping;
  for (model::BodyPlace& body : bodies) {
    if (!outcome) break;
    dropping.spawn(drop_beside_others(core, row_key, std::move(body), judged, outcome));
    co_await dropping.below(kBodiesAtOnce);
  }
  co_await dropping.join();
  co_return outcome;
}

Task<Result<bool>> collect_version(Core& core, QueueRow row, Duration known) {
  CO_TRY(const auto entry, decode_drop_entry(row.key, row.value));
  if (core.pins.pinned(entry.uuid)) co_return false;
  CO_TRY(const auto version, model::decode_object_version(entry.version));
  // A version from the time when this node was alone: its lease ended where its row was installed.
  const Ord ceiling = version.ceiling.value_or(entry.ord);
  uint64_t due_ms = std::max(ceiling.hybrid_ms, entry.replaced_ms);
  // The others come in only where the first has not told them by the time when it should have done the work.
  if (const uint64_t turn = turn_ms(core, entry.row_key); turn > 0) {
    if (known < core.options.collect_grace) co_return false;
    due_ms += turn + milliseconds(core.options.collect_grace);
  }
  if (core.env.clock.wall_now().unix_ms <= due_ms) co_return false;
  const auto dead_since = core.seen_by_collector.dead_since(entry.uuid);
  if (dead_since && is_graced(core, entry.uuid, dead_since)) co_return false;
  if (is_postponed(core, row.key)) co_return false;

  Beside beside;
  std::vector<model::BodyPlace> bodies{version.body};
  std::vector<model::ObjectPart> parts;
  Owners named;
  if (version.is_multipart()) {
    CO_TRY(parts, co_await parts_of_entry(core, entry, version, &beside.rows));
    bodies.clear();
    for (const auto& part : parts) bodies.push_back(part.body);
    if (!dead_since) {
      CO_TRY(const bool over, co_await end_upload_of(core, entry, version));
      if (!over) co_return postpone(core, row.key);
      CO_TRY(named, co_await owners_after_upload(core, entry.row_key, version.upload));
    }
  } else if (!dead_since) {
    CO_TRY(named, co_await owners_above(core, entry.row_key, version.body.owner, ceiling));
  }
  const bool alive =
      std::ranges::any_of(bodies, [&named](const model::BodyPlace& body) { return named.contains(body.owner); });
  if (alive) {
    CO_CHECK_OK(co_await core.commits.commit(std::make_shared<FinishEntry>(row.key, row.value)));
    co_return true;
  }
  if (!dead_since && is_graced(core, entry.uuid, dead_since)) co_return false;
  const Ord judged = version.is_multipart() ? Ord::highest() : ceiling;
  CO_CHECK_OK(co_await drop_blocks(core, entry.row_key, std::move(bodies), judged));
  CO_CHECK_OK(name_beside(entry, version, parts, beside));
  CO_CHECK_OK(co_await core.commits.commit(
      std::make_shared<FinishEntry>(row.key, row.value, std::move(beside.rows), std::move(beside.of_parts))));
  tell_others(core, entry.row_key, row.key);
  co_return true;
}

Task<Result<void>> forget_version(Core& core, std::string entry_key) {
  CO_TRY(auto value, co_await core.get(kv::Family::kQueue, entry_key));
  if (!value) co_return Result<void>();
  CO_TRY(const auto entry, decode_drop_entry(entry_key, *value));
  CO_TRY(const auto version, model::decode_object_version(entry.version));
  Beside beside;
  std::vector<model::ObjectPart> parts;
  if (version.is_multipart()) {
    CO_TRY(parts, co_await parts_of_entry(core, entry, version, &beside.rows));
  }
  CO_CHECK_OK(name_beside(entry, version, parts, beside));
  co_return co_await core.commits.commit(std::make_shared<FinishEntry>(
      std::move(entry_key), std::move(*value), std::move(beside.rows), std::move(beside.of_parts)));
}

}  // namespace garage::object

#include "table/former_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "runtime/nap.hpp"
#include "table/digest.hpp"
#include "table/install.hpp"
#include "table/presence.hpp"
#include "table/promise.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"
#include "table/stored_row.hpp"

namespace garage::table {
namespace {

constexpr size_t kRowsPerPage = kPresenceRowsMax;
constexpr size_t kRowsAtOnce = 16;
constexpr size_t kShardsPerPage = 4096;
constexpr int kLooksMax = 3;
constexpr Duration kCallTimeout = 10s;
constexpr Duration kDaily = std::chrono::hours(24), kSoonest = 2s, kLatest = 5min;

// The nodes that keep a row now, if there is no doubt and this is none of them.
std::optional<ReplicaSet> other_keepers(const ReplicaSets& sets, const NodeId& self) {
  if (sets.write.size() != 1 || sets.write[0].empty()) return std::nullopt;
  if (std::ranges::find(sets.write[0], self) != sets.write[0].end()) return std::nullopt;
  return sets.write[0];
}

// Empty: the key is damaged.
std::string shard_of_row(std::string_view key) {
  const auto place = parse_shard_prefix(key);
  return place ? shard_prefix(place->bucket, place->shard) : std::string();
}

}  // namespace

// A row goes, if it and the layout are as they were.
class FormerRows::LetGo final : public kv::Change {
 public:
  LetGo(const FormerRows& duty, Table table, Former row) : duty_(duty), table_(table), row_(std::move(row)) {}

  void reads(std::vector<kv::Key>& out) const override { name_installed(*table_.schema, row_.key, out); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    Schema& schema = *table_.schema;
    const ReplicaSets now = table_.placement->sets_for(row_.key);
    if (!duty_.settled_() || now.stage != row_.stage || other_keepers(now, duty_.self_) != row_.keepers) return {};
    TRY(const auto held, read_held(view, schema.family(), row_.key));
    if (held.row_ord() != row_.ord) return {};
    TRY(const auto next, view.first_key(schema.family(), row_.key + '\0', prefix_end(row_.key)));
    if (next && table_.rules->ruled_by(*next) == row_.key) return {};
    for (kv::Key& key : schema.companions_of(row_.key, *held.row)) {
      TRY(const auto value, view.get(key.family, key.bytes));
      if (value) {
        for (kv::Key& behind : schema.companions_behind(key, *value)) batch.remove(behind.family, behind.bytes);
      }
      batch.remove(key.family, std::move(key.bytes));
    }
    CHECK_OK(table_.rules->on_let_go(view, batch, row_.key, *held.row));
    batch.remove(schema.family(), row_.key);
    // What it promised while it counted was settled in the handing over. Should this node be asked as a keeper again
    // already, by who is a stage ahead, a majority of those who keep the row now is asked as well.
    batch.remove(kv::Family::kPromise, promise_key(schema.family(), row_.key));
    if (DigestKeeper* digests = schema.digests()) {
      CHECK_OK(digests->replace(view, batch, schema.family(), row_.key, row_.ord, Ord{}));
    }
    done_ = true;
    return {};
  }
  bool done() const { return done_; }

 private:
  const FormerRows& duty_;
  const Table table_;
  const Former row_;
  bool done_ = false;
};

Result<FormerRows::Page> FormerRows::look(Table table, const std::string& from) const {
  Page page;
  auto rows = store_.iterate(table.schema->family(), {});
  std::string shard;
  std::optional<ReplicaSet> keepers;
  uint64_t stage = 0;
  size_t shards = 0;
  rows->seek(from);
  while (rows->valid() && page.rows.size() < kRowsPerPage && shards < kShardsPerPage) {
    if (shard.empty() || !rows->key().starts_with(shard)) {
      shard = shard_of_row(rows->key());
      const ReplicaSets sets = table.placement->sets_for(rows->key());
      keepers = other_keepers(sets, self_);
      stage = sets.stage;
      ++shards;
    }
    if (!keepers && !shard.empty()) {
      page.next_from = prefix_end(shard);
      if (page.next_from.empty()) break;
      rows->seek(page.next_from);
      continue;
    }
    const auto row = decode_row_view(rows->key(), rows->value());
    if (row && keepers && !shard.empty()) {
      page.rows.push_back({std::string(rows->key()), row->ord, stage, *keepers, row->value.has_value()});
    } else {
      ++page.unreadable;
    }
    page.next_from = std::string(rows->key()) + '\0';
    rows->next();
  }
  CHECK_OK(rows->status());
  if (!rows->valid()) page.next_from.clear();
  return page;
}

Task<std::optional<std::vector<FormerRows::Others>>> FormerRows::look_at_keepers(Table table,
                                                                                 const std::vector<Former>& rows) {
  const ReplicaSet keepers = rows.front().keepers;
  const auto is_away = [this](const NodeId& node) { return silent_.contains(node) || !caller_.is_up(node); };
  if (std::ranges::any_of(keepers, is_away)) co_return std::nullopt;
  std::vector<Others> out(rows.size());
  for (const NodeId& keeper : keepers) {
    if (stopping_) co_return std::nullopt;
    PresenceRequest request{table.schema->family(), rows.front().stage, {}};
    for (const Former& row : rows) request.rows.push_back({row.key, row.ord});
    const auto told = co_await ask_presence(caller_, keeper, std::move(request));
    if (!told) {
      LOG_DEBUG("table", "{} does not say which rows it has: {}", keeper.hex(), told.error().message);
      silent_.insert(keeper);
      co_return std::nullopt;
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      const Presence held = (*told)[i];
      if (held == Presence::kNewer) out[i].ahead = keeper;
      if (held == Presence::kUnsaid) out[i].unsaid = true;
      if (held == Presence::kNothing || held == Presence::kRow) out[i].lacking.emplace_back(keeper, held);
    }
  }
  co_return std::move(out);
}

// What lies beside the row here, for who has the same row without it.
Task<Result<void>> FormerRows::give_companions(Table table, NodeId keeper, Former row) {
  auto install = std::make_shared<Request>();
  install->operation = Operation::kInstall;
  install->family = table.schema->family();
  install->stage = row.stage;
  install->key = row.key;
  install->witnessed = row.ord;
  CO_TRY(install->row, co_await get_row(store_, disk_, install->family, row.key));
  if (!install->row || install->row->ord != row.ord) co_return fail(ErrorKind::kConflict, "it has changed meanwhile");
  install->companions_at = self_;
  CO_TRY([[maybe_unused]] const Reply told,
         co_await peers_.call(keeper, std::move(install), runtime::Loop::current()->now() + kCallTimeout));
  co_return Result<void>();
}

Task<bool> FormerRows::bring_to(Table table, NodeId keeper, Presence held, Former row) {
  // A node that is alone forgets deletions: what it lacks may have been deleted there.
  const bool lacks_it = held == Presence::kNothing;
  if (lacks_it && (row.keepers.size() == 1 || !table.rules->ruled_by(row.key).empty())) co_return false;
  auto bringing = lacks_it ? table.rows->push(keeper, row.key) : give_companions(table, keeper, row);
  const auto brought = co_await std::move(bringing);
  if (!brought) LOG_DEBUG("table", "a row is not handed over to {} yet: {}", keeper.hex(), brought.error().message);
  co_return brought.has_value();
}

Task<bool> FormerRows::bring_here(Table table, NodeId keeper, std::string key) {
  const auto pulled = co_await table.rows->pull(keeper, std::move(key));
  if (!pulled) LOG_DEBUG("table", "a row does not come from {} yet: {}", keeper.hex(), pulled.error().message);
  co_return pulled.has_value();
}

Task<bool> FormerRows::let_go_of(Table table, Former row) {
  auto change = std::make_shared<LetGo>(*this, table, std::move(row));
  const auto done = co_await commits_.commit(change);
  if (!done) LOG_DEBUG("table", "a row of other nodes is not let go of yet: {}", done.error().message);
  co_return done && change->done();
}

// It says what nobody has to know.
Task<void> FormerRows::let_go_of_blank(Table table, Former row, Report& report) {
  const bool gone = co_await let_go_of(table, std::move(row));
  ++(gone ? report.let_go : report.kept);
}

Task<void> FormerRows::deal_with(Table table, Former row, Others others, Turn* turn) {
  bool brought = false;
  if (others.ahead) {
    brought = co_await bring_here(table, *others.ahead, row.key);
    const auto now = co_await get_row(store_, disk_, table.schema->family(), row.key);
    brought = brought && now && *now;
    if (brought) row.ord = (*now)->ord;
  } else if (!others.lacking.empty()) {
    const std::string ruling = table.rules->ruled_by(row.key);
    for (const auto& [keeper, held] : others.lacking) {
      if (stopping_) break;
      if (co_await bring_to(table, keeper, held, row)) brought = true;
      if (!ruling.empty()) co_await bring_here(table, keeper, ruling);
    }
  } else if (!others.unsaid && co_await let_go_of(table, row)) {
    ++turn->report.let_go;
    co_return;
  }
  if (brought) {
    turn->again.push_back(std::move(row));
  } else {
    ++turn->report.kept;
  }
}

Task<void> FormerRows::try_all(Table table, std::vector<Former> rows, Report& report) {
  for (int look = 1; look <= kLooksMax && !rows.empty() && !stopping_; ++look) {
    auto seen = co_await look_at_keepers(table, rows);
    if (!seen) break;
    Turn turn{report, {}};
    runtime::TaskGroup dealing;
    for (size_t i = 0; i < rows.size(); ++i) {
      dealing.spawn(deal_with(table, std::move(rows[i]), std::move((*seen)[i]), &turn));
      co_await dealing.below(kRowsAtOnce);
    }
    co_await dealing.join();
    rows = std::move(turn.again);
  }
  report.kept += rows.size();
}

Task<Result<void>> FormerRows::go_through(Table table, Report& report) {
  std::string from;
  do {
    CO_TRY(auto page, co_await runtime::run_on(disk_, [this, table, &from] { return look(table, from); }));
    from = std::move(page.next_from);
    report.unreadable += page.unreadable;
    runtime::TaskGroup blanks;
    std::vector<Former> rows;
    for (Former& row : page.rows) {
      if (row.has_value || table.rules->ruled_by(row.key).empty()) {
        if (!rows.empty() && !rows.front().kept_alike(row)) {
          co_await try_all(table, std::exchange(rows, {}), report);
        }
        rows.push_back(std::move(row));
        continue;
      }
      blanks.spawn(let_go_of_blank(table, std::move(row), report));
      co_await blanks.below(kRowsAtOnce);
    }
    co_await blanks.join();
    if (!rows.empty()) co_await try_all(table, std::move(rows), report);
    notes_.progress(fmt::format("{} rows let go, {} kept", report.let_go, report.kept));
  } while (!from.empty() && !stopping_);
  co_return Result<void>();
}

Task<Result<FormerRows::Report>> FormerRows::run_once() {
  Report report;
  silent_.clear();
  for (const Table table : tables_) {
    if (!settled_() || stopping_) break;
    CO_CHECK_OK(co_await go_through(table, report));
  }
  let_go_ += report.let_go;
  kept_ = report.kept;
  const bool more_unreadable = report.unreadable > unreadable_.exchange(report.unreadable);
  if (more_unreadable) {
    LOG_WARN("table", "{} rows cannot be read, which may be those of other nodes: they stay", report.unreadable);
  }
  looked_ = looked_ || !stopping_;
  co_return report;
}

void FormerRows::start() {
  duty_.spawn(run());
}

Task<void> FormerRows::run() {
  Duration rest = kSoonest;
  while (!stopping_) {
    requested_ = false;
    notes_.busy();
    const auto report = co_await run_once();
    if (report && report->let_go > 0) {
      LOG_INFO("table", "let go of {} rows that other nodes keep now, {} not yet", report->let_go, report->kept);
    }
    if (notes_.ended(report, runtime::Loop::current()->now())) {
      LOG_WARN("table", "rows of other nodes cannot be let go of: {}", report.error().message);
    }
    const bool waiting = !report || report->kept > 0 || !settled_();
    rest = !waiting ? kDaily : report && report->let_go > 0 ? kSoonest : std::min(2 * rest, kLatest);
    co_await runtime::nap(rest, [this] { return stopping_ || requested_; });
    if (requested_ || rest == kDaily) rest = kSoonest;
  }
}

Task<void> FormerRows::stop() {
  stopping_ = true;
  co_await duty_.join();
}

}  // namespace garage::table

#include "table/former_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "runtime/nap.hpp"
#include "table/companion_walk.hpp"
#include "table/digest.hpp"
#include "table/install.hpp"
#include "table/promise.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"
#include "table/stored_row.hpp"

namespace garage::table {
namespace {

constexpr size_t kRowsPerPage = 256;
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

Result<std::string> shard_of_row(std::string_view key) {
  TRY(const auto place, parse_shard_prefix(key));
  return shard_prefix(place.bucket, place.shard);
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
      TRY(shard, shard_of_row(rows->key()));
      const ReplicaSets sets = table.placement->sets_for(rows->key());
      keepers = other_keepers(sets, self_);
      stage = sets.stage;
      ++shards;
    }
    if (!keepers) {
      page.next_from = prefix_end(shard);
      if (page.next_from.empty()) break;
      rows->seek(page.next_from);
      continue;
    }
    const auto row = decode_row_view(rows->key(), rows->value());
    if (row) page.rows.push_back({std::string(rows->key()), row->ord, stage, *keepers, row->value.has_value()});
    page.next_from = std::string(rows->key()) + '\0';
    rows->next();
  }
  CHECK_OK(rows->status());
  if (!rows->valid()) page.next_from.clear();
  return page;
}

Task<FormerRows::Held> FormerRows::look_at(Table table, NodeId keeper, const Former& row) {
  auto read = std::make_shared<Request>();
  read->family = table.schema->family();
  read->stage = row.stage;
  read->key = row.key;
  auto reply = co_await peers_.call(keeper, std::move(read), runtime::Loop::current()->now() + kCallTimeout);
  if (!reply || reply->verdict != Verdict::kDone || !reply->row || reply->row->ord < row.ord) co_return Held::kNothing;
  if (reply->row->ord > row.ord) co_return Held::kNewer;
  // What lies beside it came in another message for some rows, which the keeper may have missed.
  const auto complete = co_await has_companions(companions_, *table.schema, keeper, row.key, std::move(*reply->row));
  co_return complete && *complete ? Held::kAll : Held::kRow;
}

// What lies beside the row here, for who has the same row without it.
Task<Result<void>> FormerRows::give_companions(Table table, NodeId keeper, const Former& row) {
  auto install = std::make_shared<Request>();
  install->operation = Operation::kInstall;
  install->family = table.schema->family();
  install->stage = row.stage;
  install->key = row.key;
  install->witnessed = row.ord;
  CO_TRY(install->row, co_await get_row(store_, disk_, install->family, row.key));
  if (!install->row || install->row->ord != row.ord) co_return Result<void>();  // the next round sees what has changed
  install->companions_at = self_;
  CO_TRY([[maybe_unused]] const Reply told,
         co_await peers_.call(keeper, std::move(install), runtime::Loop::current()->now() + kCallTimeout));
  co_return Result<void>();
}

Task<FormerRows::Held> FormerRows::bring_to(Table table, NodeId keeper, const Former& row) {
  const Held held = co_await look_at(table, keeper, row);
  if (held == Held::kAll || held == Held::kNewer || stopping_) co_return held;
  // A node that is alone forgets deletions: what it lacks may have been deleted there.
  if (held == Held::kNothing && row.keepers.size() == 1) co_return held;
  if (held == Held::kNothing && !table.rules->ruled_by(row.key).empty()) co_return held;
  const auto brought = held == Held::kNothing ? co_await table.rows->push(keeper, row.key)
                                              : co_await give_companions(table, keeper, row);
  if (!brought) {
    LOG_DEBUG("table", "a row is not handed over to {} yet: {}", keeper.hex(), brought.error().message);
    co_return held;
  }
  co_return co_await look_at(table, keeper, row);
}

Task<FormerRows::Others> FormerRows::bring_to_all(Table table, const Former& row) {
  Others others;
  for (const NodeId& keeper : row.keepers) {
    const Held held = co_await bring_to(table, keeper, row);
    if (held == Held::kNewer) others.ahead = keeper;
    if (held == Held::kNothing || held == Held::kRow) others.lacking.push_back(keeper);
  }
  co_return others;
}

Task<bool> FormerRows::pull(Table table, NodeId keeper, std::string key) {
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

Task<void> FormerRows::try_one(Table table, Former row, Report& report) {
  const std::string ruling = table.rules->ruled_by(row.key);
  if (!ruling.empty() && !row.has_value && co_await let_go_of(table, row)) {
    ++report.let_go;  // it says what nobody has to know
    co_return;
  }
  for (int look = 1; look <= kLooksMax && !stopping_; ++look) {
    const Others others = co_await bring_to_all(table, row);
    if (stopping_) break;
    if (others.ahead) {
      if (!co_await pull(table, *others.ahead, row.key)) break;
      const auto now = co_await get_row(store_, disk_, table.schema->family(), row.key);
      if (!now || !*now) break;
      row.ord = (*now)->ord;
      continue;
    }
    if (!others.lacking.empty()) {
      for (size_t i = 0; i < others.lacking.size() && !ruling.empty(); ++i) {
        co_await pull(table, others.lacking[i], ruling);
      }
      break;
    }
    if (!co_await let_go_of(table, row)) break;
    ++report.let_go;
    co_return;
  }
  ++report.kept;
}

Task<Result<void>> FormerRows::go_through(Table table, Report& report) {
  std::string from;
  do {
    CO_TRY(auto page, co_await runtime::run_on(disk_, [this, table, &from] { return look(table, from); }));
    from = std::move(page.next_from);
    runtime::TaskGroup trying;
    for (Former& row : page.rows) {
      trying.spawn(try_one(table, std::move(row), report));
      if (trying.running() >= kRowsAtOnce) co_await trying.join();
    }
    co_await trying.join();
    notes_.progress(fmt::format("{} rows let go, {} kept", report.let_go, report.kept));
  } while (!from.empty() && !stopping_);
  co_return Result<void>();
}

Task<Result<FormerRows::Report>> FormerRows::run_once() {
  Report report;
  for (const Table table : tables_) {
    if (!settled_() || stopping_) break;
    CO_CHECK_OK(co_await go_through(table, report));
  }
  let_go_ += report.let_go;
  kept_ = report.kept;
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

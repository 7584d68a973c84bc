#include "model/settings_copies.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "codec/tlv.hpp"
#include "model/settings_rows.hpp"
#include "runtime/task_group.hpp"
#include "table/install.hpp"
#include "table/placement.hpp"
#include "table/row.hpp"
#include "table/row_key.hpp"

namespace garage::model {
namespace {

constexpr std::string_view kPush = "settings/push", kHold = "settings/hold";
constexpr Duration kPushTimeout = 1s;
constexpr Duration kHoldTimeout = 10s;
constexpr size_t kRowsMax = 100'000;
constexpr size_t kExportBytesMax = 15u << 20;  // what one message carries

enum Tag : uint32_t { kKey = 1, kRow = 2 };

struct KeyedRow {
  std::string key;
  table::Row row;
};

void append_row(codec::TlvWriter& out, std::string_view key, std::string_view encoded) {
  out.bytes(kKey, key);
  out.bytes(kRow, encoded);
}

// Keys and rows by turns. A row that is damaged is left out.
Result<std::vector<KeyedRow>> parse_rows(Settings& settings, std::string_view bytes) {
  std::vector<KeyedRow> rows;
  std::optional<std::string> key;
  auto reader = codec::TlvReader::nested(bytes);
  while (reader.next()) {
    if (reader.tag() == kKey) {
      key = std::string(reader.bytes());
    } else if (reader.tag() == kRow) {
      if (!key || rows.size() == kRowsMax) return fail(ErrorKind::kCorrupt, "settings rows out of order, or too many");
      const std::string of = *std::exchange(key, std::nullopt);
      if (auto row = table::decode_row(of, reader.bytes())) {
        rows.push_back({of, std::move(*row)});
      } else {
        settings.left_out(row.error());
      }
    }
  }
  CHECK_OK(reader.status());
  return rows;
}

// Puts what is newer than this node's copy, by the one door that rows change through.
class CopyRows : public kv::Change {
 public:
  CopyRows(Settings& settings, std::vector<KeyedRow> rows) : settings_(settings), rows_(std::move(rows)) {}

  void reads(std::vector<kv::Key>& out) const override {
    for (const auto& one : rows_) table::name_held(kv::Family::kSettings, one.key, out);
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (auto& one : rows_) {
      const auto held = table::read_held(view, kv::Family::kSettings, one.key);
      if (!held && held.error().kind == ErrorKind::kCorrupt) {
        settings_.left_out(held.error());
        continue;
      }
      if (!held) return std::unexpected(held.error());
      TRY(const auto installed, table::install(view, batch, settings_.schema(), one.key, *held, one.row, {}));
      if (installed == table::Installed::kRefused) fence_ = std::max(fence_, held->fence());
      if (installed == table::Installed::kStored) changed_.push_back(std::move(one));
    }
    return {};
  }
  void committed() override {
    std::vector<std::pair<std::string_view, const table::Row*>> shown;
    shown.reserve(changed_.size());
    for (const auto& one : changed_) shown.emplace_back(one.key, &one.row);
    settings_.show(shown);
  }
  size_t bytes() const override {
    size_t total = 256;
    for (const auto& one : rows_) total += one.key.size() + (one.row.value ? one.row.value->size() : 0) + 256;
    return total;
  }
  struct Outcome {
    bool changed = false;
    Ord fence;  // the highest promise that kept a row from being put; zero where none did
  };
  Outcome outcome() const { return {!changed_.empty(), fence_}; }

 private:
  Settings& settings_;
  std::vector<KeyedRow> rows_;
  std::vector<KeyedRow> changed_;
  Ord fence_;
};

Task<Result<CopyRows::Outcome>> copy_rows(Settings& settings, kv::CommitQueue& commits, std::vector<KeyedRow> rows) {
  if (rows.empty()) co_return CopyRows::Outcome();
  auto change = std::make_shared<CopyRows>(settings, std::move(rows));
  CO_CHECK_OK(co_await commits.commit(change));
  co_return change->outcome();
}

Task<Result<CopyRows::Outcome>> copy_row(Settings& settings, kv::CommitQueue& commits, std::string key,
                                         table::Row row) {
  std::vector<KeyedRow> rows;
  rows.push_back({std::move(key), std::move(row)});
  co_return co_await copy_rows(settings, commits, std::move(rows));
}

Task<void> push_to(net::Caller& caller, NodeId node, std::string payload) {
  const net::CallOptions options{.deadline = runtime::Loop::current()->now() + kPushTimeout,
                                 .priority = net::Priority::kHigh};
  // Who does not hear it now hears the digest differ.
  (void)co_await caller.call(node, std::string(kPush), std::move(payload), options);
}

// Those rows of a family's part that are wanted, from that key on.
Result<SettingsCopies::PageOfRows> encode_page(kv::Store& store, kv::IterateOptions range, std::string from,
                                               size_t bytes_wanted, auto is_wanted) {
  SettingsCopies::PageOfRows page;
  auto out = codec::TlvWriter::nested();
  from = std::max(from, range.lower_bound);
  auto rows = store.iterate(kv::Family::kSettings, std::move(range));
  for (rows->seek(from); rows->valid(); rows->next()) {
    if (out.body().size() >= bytes_wanted) {
      page.next_from = rows->key();
      break;
    }
    TRY(const bool wanted, is_wanted(rows->key(), rows->value()));
    if (wanted) append_row(out, rows->key(), rows->value());
  }
  CHECK_OK(rows->status());
  page.message = std::move(out).take_body();
  return page;
}

Result<bool> is_closed_bucket(std::optional<std::string_view> value) {
  if (!value) return true;
  TRY(const Bucket bucket, decode_bucket(*value));
  return bucket.deletion.has_value();
}

// Of buckets that are closed to clients. `damaged` gets the keys of rows that do not tell.
Result<SettingsCopies::PageOfRows> encode_closed_buckets(kv::Store& store, std::string from,
                                                         std::vector<std::string>& damaged) {
  constexpr size_t kMessageBytes = 256u << 10;
  const std::string buckets(1, kBucketRow);
  const auto is_closed = [&damaged](std::string_view key, std::string_view value) -> Result<bool> {
    const auto row = table::decode_row_view(key, value);
    const auto closed = row ? is_closed_bucket(row->value) : std::unexpected(row.error());
    if (!closed) damaged.emplace_back(key);
    return closed.value_or(false);
  };
  return encode_page(store, {buckets, table::prefix_end(buckets)}, std::move(from), kMessageBytes, is_closed);
}

Result<std::string> encode_rows(kv::Store& store) {
  auto out = codec::TlvWriter::nested();
  auto iterator = store.iterate(kv::Family::kSettings, {});
  for (iterator->seek(""); iterator->valid(); iterator->next()) {
    append_row(out, iterator->key(), iterator->value());
    if (out.body().size() > kExportBytesMax) {
      return fail(ErrorKind::kUnsupported, "the settings are too large to be handed over whole");
    }
  }
  CHECK_OK(iterator->status());
  return std::move(out).take_body();
}

}  // namespace

std::string SettingsCopies::message_of(std::string_view key, const table::Row& row) {
  auto message = codec::TlvWriter::nested();
  append_row(message, key, table::encode_row(key, row));
  return std::move(message).take_body();
}

Task<void> SettingsCopies::spread(std::string key) {
  auto row = co_await settings_.read_row(key);
  if (!row || !*row) co_return;
  const std::string message = message_of(key, **row);
  (void)co_await copy_row(settings_, commits_, key, std::move(**row));
  runtime::TaskGroup pushes;
  for (const NodeId& node : others_()) pushes.spawn(push_to(caller_, node, message));
  co_await pushes.join();
}

void SettingsCopies::agreed_with(const NodeId& node) {
  const MonotonicTime now = runtime::Loop::current()->now();
  agreed_[node] = now;
  if (!keepers_.others) return;
  std::vector<MonotonicTime> times;
  const std::vector<NodeId> others = keepers_.others();
  for (const NodeId& other : others) {
    const auto found = agreed_.find(other);
    if (found != agreed_.end()) times.push_back(found->second);
  }
  const size_t needed = table::majority_of(others.size() + 1) - 1;  // and this node
  if (needed == 0 || times.size() < needed) return;
  std::ranges::sort(times, std::ranges::greater());
  const Duration trusted = keepers_.told_every ? std::max(kTrusted, 2 * keepers_.told_every()) : kTrusted;
  trusted_until_.store(times[needed - 1] + trusted, std::memory_order_relaxed);
}

bool SettingsCopies::is_fresh() const {
  if (!keepers_.alone || keepers_.alone()) return true;
  return runtime::Loop::current()->now() < trusted_until_.load(std::memory_order_relaxed);
}

Task<Result<bool>> SettingsCopies::look_again(std::string key, Duration age_max) {
  runtime::Loop& loop = *runtime::Loop::current();
  const MonotonicTime came_up = loop.now();
  for (;;) {
    auto turn = asked_.turn_for(key, came_up, came_up + -age_max);
    if (turn.known) co_return std::move(*turn.known);
    if (!turn.wait) break;
    co_await std::move(*turn.wait);
  }
  const MonotonicTime asked = loop.now();
  auto answer = co_await ask_replicas(key);
  asked_.answered(key, asked, answer);
  co_return answer;
}

Task<Result<bool>> SettingsCopies::ask_replicas(std::string key) {
  CO_TRY(auto row, co_await settings_.read_row(key));
  if (!row) co_return false;
  CO_TRY(auto copied, co_await copy_row(settings_, commits_, key, std::move(*row)));
  if (copied.fence != Ord{}) {
    // This node has promised a round that nobody finished: it takes the row from above that only.
    CO_TRY(auto settled, co_await settings_.settle_row(key, copied.fence));
    CO_TRY(copied, co_await copy_row(settings_, commits_, key, std::move(settled)));
  }
  co_return copied.changed;
}

Task<Result<void>> SettingsCopies::bring_closed_buckets(NodeId to) {
  PageOfRows page;
  do {
    const std::string from = std::move(page.next_from);
    std::vector<std::string> damaged;
    CO_TRY(page, co_await runtime::run_on(
                     disk_, [this, &from, &damaged] { return encode_closed_buckets(store_, from, damaged); }));
    if (!page.message.empty()) CO_CHECK_OK(co_await bring_closed_page(to, std::move(page.message)));
    for (std::string& key : damaged) CO_CHECK_OK(co_await bring_if_closed(to, std::move(key)));
  } while (!page.next_from.empty());
  co_return Result<void>();
}

// Of which this node's copy is damaged: as its replicas have it.
Task<Result<void>> SettingsCopies::bring_if_closed(NodeId to, std::string key) {
  CO_TRY(const auto row, co_await settings_.read_row(key));
  if (!row) co_return Result<void>();
  CO_TRY(const bool closed, is_closed_bucket(row->value));
  if (!closed) co_return Result<void>();
  co_return co_await bring_closed_page(to, message_of(key, *row));
}

Task<Result<void>> SettingsCopies::bring_closed_page(NodeId to, std::string rows) {
  net::CallOptions options{.deadline = runtime::Loop::current()->now() + kHoldTimeout,
                           .priority = net::Priority::kBackground};
  const auto held = co_await caller_.call(to, std::string(kHold), rows, options);
  if (held) co_return Result<void>();
  if (held.error().kind != ErrorKind::kUnsupported) co_return std::unexpected(held.error());
  // An older program, which closes no bucket to clients. It has the rows for the program that comes after it.
  options.deadline = runtime::Loop::current()->now() + kHoldTimeout;
  const auto pushed = co_await caller_.call(to, std::string(kPush), std::move(rows), options);
  if (!pushed) co_return std::unexpected(pushed.error());
  co_return Result<void>();
}

Task<Result<std::string>> SettingsCopies::handle(std::string operation, std::string payload, const net::PeerInfo&) {
  if (operation != kPush && operation != kHold) {
    co_return fail(ErrorKind::kUnsupported, "no such operation: " + operation);
  }
  CO_TRY(auto rows, parse_rows(settings_, payload));
  std::vector<std::pair<std::string, Ord>> told;
  for (const auto& one : rows) told.emplace_back(one.key, one.row.ord);
  CO_CHECK_OK(co_await copy_rows(settings_, commits_, std::move(rows)));
  if (operation == kPush || settings_.has(told)) co_return std::string();
  co_return fail(ErrorKind::kConflict, "a row that was promised to others cannot be taken");
}

Task<Result<std::string>> SettingsCopies::export_rows() {
  co_return co_await runtime::run_on(disk_, [this] { return encode_rows(store_); });
}

Task<Result<SettingsCopies::PageOfRows>> SettingsCopies::export_page(std::string from) {
  constexpr size_t kPageBytes = 1u << 20;
  co_return co_await runtime::run_on(disk_, [this, &from] {
    const auto all = [](std::string_view, std::string_view) -> Result<bool> { return true; };
    return encode_page(store_, {}, from, kPageBytes, all);
  });
}

Task<Result<bool>> SettingsCopies::merge_rows(std::string bytes) {
  CO_TRY(auto rows, parse_rows(settings_, bytes));
  CO_TRY(const auto copied, co_await copy_rows(settings_, commits_, std::move(rows)));
  co_return copied.changed;
}

}  // namespace garage::model

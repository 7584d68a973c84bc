#include "daemon/node_maintenance.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "codec/byte_size.hpp"
#include "codec/tlv.hpp"

namespace garage::daemon {
namespace {

using runtime::WorkerState;
using runtime::WorkerStatus;

constexpr std::string_view kRowPrefix = "variable/";
constexpr uint8_t kFormat = 1;
enum Tag : uint32_t { kValue = 1 };

std::string row_key(std::string_view name) {
  return std::string(kRowPrefix).append(name);
}

class WriteVariable : public kv::Change {
 public:
  WriteVariable(std::string_view name, std::string_view value) : key_(row_key(name)) {
    codec::TlvWriter writer(kFormat);
    writer.bytes(kValue, value);
    row_ = std::move(writer).finish(key_);
  }
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch& batch) override {
    batch.put(kv::Family::kMeta, key_, row_);
    return {};
  }

 private:
  std::string key_, row_;
};

Result<std::string> decode(std::string_view key, std::string_view row) {
  TRY(auto reader, codec::TlvReader::open(key, row, kFormat));
  std::string value;
  while (reader.next()) {
    if (reader.tag() == kValue) value = reader.bytes();
  }
  CHECK_OK(reader.status());
  return value;
}

Result<uint32_t> read_number(std::string_view name, std::string_view text, uint32_t least, uint32_t most) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return fail(ErrorKind::kInvalid, fmt::format("{} must be a number from {} to {}", name, least, most));
  }
  return number;
}

WorkerStatus with_queue(WorkerStatus status, uint64_t length) {
  status.queue_length = length;
  return status;
}

}  // namespace

NodeMaintenance::NodeMaintenance(Parts parts)
    : parts_(parts), repair_(parts_.env, parts_.store, parts_.commits, parts_.blocks) {
  list_workers();
  list_variables();
}

uint64_t NodeMaintenance::row_hint_bytes() const {
  uint64_t bytes = 0;
  for (const NodeId& node : parts_.tables.hints().nodes()) bytes += parts_.tables.hints().bytes_for(node);
  return bytes;
}

admin::Maintenance::Hints NodeMaintenance::hints() const {
  return {row_hint_bytes(), parts_.block_hints.waiting()};
}

void NodeMaintenance::list_workers() {
  workers_.add("Block resync worker #1", [this] {
    const auto stats = parts_.resync.stats();
    WorkerStatus out = with_queue(parts_.resync.notes().status(), stats.queue_length);
    out.persistent_errors = stats.errors;
    out.tranquility = parts_.resync.tranquility();
    out.notes.push_back(fmt::format("{} blocks fetched since start", stats.fetched));
    return out;
  });
  workers_.add("Block inspection worker", [this] {
    WorkerStatus out = parts_.inspection.notes().status();
    out.queue_length = parts_.inspection.kept();
    out.notes.push_back(fmt::format("{} references let go of since start", parts_.inspection.let_go()));
    return out;
  });
  workers_.add("Block collection worker", [this] {
    WorkerStatus out = parts_.unreferenced.notes().status();
    out.notes.push_back(
        fmt::format("{} blocks that nobody referenced collected since start", parts_.unreferenced.collected()));
    return out;
  });
  workers_.add("Block hints worker", [this] {
    const uint64_t waiting = parts_.block_hints.waiting();
    WorkerStatus out{.state = waiting > 0 ? WorkerState::kBusy : WorkerState::kIdle};
    out.errors = parts_.block_hints.dropped();
    return with_queue(std::move(out), waiting);
  });
  workers_.add("Block compaction worker", [this] { return parts_.compactor.notes().status(); });
  workers_.add("Block reference repair worker", [this] { return repair_.reference_notes().status(); });
  workers_.add("Block refcount repair worker", [this] { return repair_.count_notes().status(); });
  workers_.add("object collector", [this] { return parts_.objects.collector_notes().status(); });
  workers_.add("table sync", [this] {
    const auto& stats = parts_.tables.sync().stats();
    WorkerStatus out;
    out.errors = stats.failures;
    out.progress = fmt::format("{} rounds", stats.rounds);
    out.notes.push_back(
        fmt::format("{} partitions compared, {} different", stats.partitions_compared, stats.partitions_different));
    out.notes.push_back(fmt::format("{} rows pushed, {} rows pulled", stats.rows_pushed, stats.rows_pulled));
    return out;
  });
  workers_.add("table hints", [this] {
    const uint64_t bytes = row_hint_bytes();
    WorkerStatus out{.state = bytes > 0 ? WorkerState::kBusy : WorkerState::kIdle};
    out.errors = parts_.tables.hints().dropped();
    out.notes.push_back(fmt::format("{} wait for other nodes", codec::binary_size(bytes)));
    return out;
  });
  workers_.add("former rows worker", [this] {
    WorkerStatus out = parts_.former_rows.notes().status();
    out.queue_length = parts_.former_rows.kept();
    out.persistent_errors = parts_.former_rows.unreadable();
    out.notes.push_back(fmt::format("{} rows let go of since start", parts_.former_rows.let_go()));
    return out;
  });
  workers_.add("layout worker", [this] { return parts_.layout.notes().status(); });
}

void NodeMaintenance::list_variables() {
  block::Resync& resync = parts_.resync;
  workers_.add_variable({.name = "resync-tranquility",
                         .get = [&resync] { return fmt::format("{}", resync.tranquility()); },
                         .set = [&resync](std::string_view value) -> Result<void> {
                           TRY(const uint32_t number, read_number("resync-tranquility", value, 0, UINT32_MAX));
                           resync.set_tranquility(number);
                           return {};
                         }});
  workers_.add_variable({.name = "resync-worker-count",
                         .get = [&resync] { return fmt::format("{}", resync.worker_count()); },
                         .set = [&resync](std::string_view value) -> Result<void> {
                           TRY(const uint32_t number,
                               read_number("resync-worker-count", value, 1, block::Resync::kWorkersMax));
                           resync.set_worker_count(number);
                           return {};
                         }});
}

Result<void> NodeMaintenance::open() {
  for (const auto& variable : workers_.variables()) {
    if (!variable.set) continue;
    const std::string key = row_key(variable.name);
    TRY(const auto row, parts_.store.get(kv::Family::kMeta, key));
    if (!row) continue;
    const auto value = decode(key, *row);
    const auto set = value ? variable.set(*value) : Result<void>(std::unexpected(value.error()));
    if (!set) LOG_WARN("daemon", "{} is as by default: {}", variable.name, set.error().message);
  }
  return {};
}

Task<Result<void>> NodeMaintenance::set_variable(std::string name, std::string value) {
  const auto* variable = workers_.variable(name);
  if (variable == nullptr) co_return fail(ErrorKind::kNotFound, "variable does not exist");
  if (!variable->set) co_return fail(ErrorKind::kDenied, "Cannot set value of " + name);
  CO_CHECK_OK(variable->set(value));
  co_return co_await parts_.commits.commit(std::make_shared<WriteVariable>(name, value));
}

Task<Result<void>> NodeMaintenance::launch(Repair repair) {
  LOG_INFO("daemon", "a repair was asked for");
  switch (repair) {
    case Repair::kTables:
      parts_.tables.sync().hurry();
      break;
    case Repair::kBlocks:
      parts_.inspection.request();
      break;
    case Repair::kBlockRefs:
      repair_.start_references();
      break;
    case Repair::kBlockRc:
      repair_.start_counts();
      break;
    case Repair::kClearResyncQueue: {
      CO_TRY([[maybe_unused]] const size_t cleared, co_await parts_.resync.clear());
      break;
    }
  }
  co_return Result<void>();
}

}  // namespace garage::daemon

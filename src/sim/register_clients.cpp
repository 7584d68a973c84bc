#include "sim/register_clients.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/sleep.hpp"

namespace garage::sim {
namespace {

constexpr Duration kPatience = 840ms;  // of a client, for one answer

std::string text_of(uint64_t value) {
  return std::to_string(value);
}
uint64_t value_of(const std::optional<table::Row>& row) {
  return row && row->value ? std::stoull(*row->value) : 0;
}

class WantsValue final : public table::Decision {
 public:
  WantsValue(uint64_t expected, uint64_t value) : expected_(expected), value_(value) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (value_of(current) != expected_) return fail(ErrorKind::kPrecondition, "another value");
    return value_ == 0 ? std::nullopt : std::optional(text_of(value_));
  }

 private:
  uint64_t expected_;
  uint64_t value_;
};

bool is_plain(RegisterOperation operation) {
  return operation == RegisterOperation::kPut || operation == RegisterOperation::kDelete;
}

table::Write write_of(const HistoryEntry& entry, Uuid uuid) {
  table::Write write;
  write.key = kRegisterKey;
  write.uuid = uuid;
  write.conditional = !is_plain(entry.operation);
  if (write.conditional) {
    write.decision = std::make_shared<WantsValue>(entry.expected, entry.value);
  } else {
    write.decision = table::always(entry.value == 0 ? std::nullopt : std::optional(text_of(entry.value)));
  }
  if (entry.value != 0) {
    write.companions.push_back(
        {kv::Family::kInline, std::string(uuid.view()), BodySchema::body_of(text_of(entry.value))});
  }
  return write;
}

Outcome outcome_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kPrecondition:
      return Outcome::kConditionFalse;
    case ErrorKind::kConflict:
    case ErrorKind::kUnavailable:
    case ErrorKind::kIo:
    case ErrorKind::kNoSpace:
      return Outcome::kNotApplied;
    default:
      return Outcome::kUnknown;
  }
}

// On the node's loop. The client may have lost patience meanwhile; then nobody listens.
Task<void> perform(RegisterNode* server, World* world, HistoryEntry* entry) {
  Outcome outcome = Outcome::kOk;
  uint64_t found = 0;
  if (entry->operation == RegisterOperation::kGet) {
    auto row = co_await server->rows().read(kRegisterKey);
    if (row) {
      found = value_of(*row);
    } else {
      outcome = Outcome::kNotApplied;
    }
  } else {
    auto written = co_await server->rows().write(write_of(*entry, server->fresh_uuid()));
    if (!written) outcome = outcome_of(written.error().kind);
  }
  if (entry->outcome != Outcome::kPending) co_return;
  entry->found = found;
  entry->outcome = outcome;
  entry->ended = world->now();
}

}  // namespace

RegisterClients::RegisterClients(RegisterWorld& cluster) : cluster_(cluster) {
  SimRandom& random = cluster.random();
  plain_weight_ = random.chance(0.33) ? 0 : 5 + random.below(30);
  // A node that is alone answers within a disk write; its clients must be as quick to get into each other's way.
  const bool alone = cluster.scenario().shape == RegisterShape::kAlone;
  think_longest_ = alone ? Duration(3ms) : Duration(80ms);
  last_seen_.assign(3 + random.below(3), 0);
}

void RegisterClients::start() {
  for (size_t client = 0; client < last_seen_.size(); ++client) {
    ++running_;
    cluster_.world().spawn(run(client, 3 + cluster_.random().below(4)));
  }
}

Task<void> RegisterClients::run(size_t client, uint64_t operations) {
  for (; operations > 0; --operations) {
    co_await runtime::sleep_for(cluster_.random().between(Duration(0), think_longest_));
    co_await one_operation(client);
  }
  --running_;
}

Task<void> RegisterClients::one_operation(size_t client) {
  SimRandom& random = cluster_.random();
  auto via = static_cast<NodeIndex>(client % cluster_.node_count());  // a client mostly stays with its node
  while (!cluster_.is_up(via) || random.chance(0.15)) {
    if (auto other = cluster_.any_node_up()) {
      via = *other;
      break;
    }
    co_await runtime::sleep_for(10ms);
  }
  HistoryEntry& entry = cluster_.history().emplace_back(draw_operation(client));
  entry.began = cluster_.world().now();
  cluster_.spawn_on(via, perform(cluster_.slot(via).server, &cluster_.world(), &entry));

  const Duration step = think_longest_ / 12;
  for (Duration waited{0}; entry.outcome == Outcome::kPending && waited < kPatience; waited += step) {
    co_await runtime::sleep_for(step);
  }
  if (entry.outcome == Outcome::kPending) {
    entry.outcome = Outcome::kUnknown;
    entry.ended = cluster_.world().now();
  }
  if (entry.outcome == Outcome::kOk) {
    last_seen_[client] = entry.operation == RegisterOperation::kGet ? entry.found : entry.value;
  }
}

HistoryEntry RegisterClients::draw_operation(size_t client) {
  HistoryEntry entry;
  const uint64_t drawn = cluster_.random().below(100);
  const uint64_t creations = (70 - plain_weight_) / 3;
  if (drawn < 25) {
    entry.operation = RegisterOperation::kGet;
  } else if (drawn < 25 + plain_weight_) {
    entry.operation = RegisterOperation::kPut;
  } else if (drawn < 30 + plain_weight_) {
    entry.operation = RegisterOperation::kDelete;
  } else if (drawn < 30 + plain_weight_ + creations) {
    entry.operation = RegisterOperation::kCreate;
  } else {
    entry.operation = drawn < 95 ? RegisterOperation::kReplaceIf : RegisterOperation::kDeleteIf;
    entry.expected = last_seen_[client] != 0 ? last_seen_[client] : recently_read();
    if (entry.expected == 0) entry.operation = RegisterOperation::kCreate;
  }
  const bool writes_value = entry.operation == RegisterOperation::kPut ||
                            entry.operation == RegisterOperation::kCreate ||
                            entry.operation == RegisterOperation::kReplaceIf;
  if (writes_value) entry.value = ++last_value_;
  return entry;
}

uint64_t RegisterClients::recently_read() const {
  const auto& history = cluster_.history();
  for (auto entry = history.rbegin(); entry != history.rend(); ++entry) {
    if (entry->operation == RegisterOperation::kGet && entry->outcome == Outcome::kOk && entry->found != 0)
      return entry->found;
  }
  return 0;
}

void RegisterClients::start_final_reads() {
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
    if (!cluster_.is_up(i)) continue;  // gone for good
    HistoryEntry& entry = cluster_.history().emplace_back();
    entry.began = cluster_.world().now();
    final_reads_.push_back(&entry);
    cluster_.spawn_on(i, perform(cluster_.slot(i).server, &cluster_.world(), &entry));
  }
}

bool RegisterClients::final_reads_done() const {
  for (const HistoryEntry* entry : final_reads_) {
    if (entry->outcome == Outcome::kPending) return false;
  }
  return true;
}

void RegisterClients::check_final_reads() {
  for (size_t i = 0; i < final_reads_.size(); ++i) {
    if (final_reads_[i]->outcome != Outcome::kOk)
      cluster_.broken(fmt::format("node {}: no answer although all is healed", i));
  }
}

}  // namespace garage::sim

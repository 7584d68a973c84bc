#include "table/companions.hpp"

#include <algorithm>
#include <utility>

#include "codec/tlv.hpp"
#include "runtime/loop.hpp"
#include "runtime/sleep.hpp"
#include "table/gather.hpp"
#include "table/operations.hpp"
#include "table/stored_row.hpp"

namespace garage::table {
namespace {

constexpr Duration kFirstLook = 500ms;
constexpr Duration kStagePause = 100ms, kStagePatience = 10s;

enum RequestTag : uint32_t { kTagFamily = 1, kTagKey = 2 };
enum AnswerTag : uint32_t { kTagValue = 1, kTagStage = 2 };

std::string encode(const kv::Key& key) {
  auto out = codec::TlvWriter::nested();
  out.u64(kTagFamily, static_cast<uint64_t>(key.family));
  out.bytes(kTagKey, key.bytes);
  return std::move(out).take_body();
}

Result<kv::Key> decode(std::string_view payload) {
  kv::Key key;
  uint64_t family = kv::kFamilyCount;
  auto in = codec::TlvReader::nested(payload);
  while (in.next()) {
    if (in.tag() == kTagFamily) family = in.number();
    if (in.tag() == kTagKey) key.bytes = in.bytes();
  }
  CHECK_OK(in.status());
  if (family >= kv::kFamilyCount) return fail(ErrorKind::kUnsupported, "a family of a newer program");
  key.family = static_cast<kv::Family>(family);
  if (!is_beside_rows(key.family)) return fail(ErrorKind::kDenied, "that lies beside no row");
  return key;
}

}  // namespace

bool is_beside_rows(kv::Family family) {
  return family == kv::Family::kInline || family == kv::Family::kManifest;
}

Task<Result<std::optional<std::string>>> CompanionReplica::read(kv::Key key) {
  return get_bytes(store_, disk_, key.family, std::move(key.bytes));
}

Task<Result<std::string>> CompanionReplica::answer(std::string payload) {
  CO_TRY(kv::Key key, decode(payload));
  std::string any_row = key.bytes;
  CO_TRY(const auto value, co_await read(std::move(key)));
  auto out = codec::TlvWriter::nested();
  if (value) out.bytes(kTagValue, *value);
  // It may have gone from here because others keep the row now.
  if (!value && placement_) out.u64(kTagStage, placement_->stage_of(any_row));
  co_return std::move(out).take_body();
}

Result<Companions::Answer> Companions::decode_answer(std::string_view bytes) {
  Answer answer;
  auto in = codec::TlvReader::nested(bytes);
  while (in.next()) {
    if (in.tag() == kTagValue) answer.value.emplace(in.bytes());
    if (in.tag() == kTagStage) answer.stage = in.number();
  }
  CHECK_OK(in.status());
  return answer;
}

Task<Result<std::optional<std::string>>> Companions::fetch(NodeId from, kv::Key key) {
  CO_TRY(auto answer, co_await ask(from, std::move(key), call_timeout_));
  co_return std::move(answer.value);
}

Task<Result<Companions::Answer>> Companions::ask(NodeId node, kv::Key key, Duration timeout) {
  if (own_ && node == self_) {
    CO_TRY(auto value, co_await own_->read(std::move(key)));
    Answer own{std::move(value), 0};
    co_return std::move(own);
  }
  const net::CallOptions options{.deadline = runtime::Loop::current()->now() + timeout};
  CO_TRY(const std::string bytes, co_await caller_.call(node, std::string(kCompanionOperation), encode(key), options));
  co_return decode_answer(bytes);
}

Task<Result<std::string>> Companions::read(Placement& placement, std::string row_key, kv::Key key) {
  Duration waited{0};
  while (true) {
    const ReplicaSets sets = placement.sets_for(row_key);
    bool moved_on = false;
    auto value = co_await read_at(sets, key, &moved_on);
    if (value || !moved_on) co_return std::move(value);
    // This node hears of it soon.
    do {
      co_await runtime::sleep_for(kStagePause);
      waited += kStagePause;
    } while (waited < kStagePatience && placement.stage_of(row_key) == sets.stage);
    if (waited >= kStagePatience) co_return std::move(value);
  }
}

Task<Result<std::string>> Companions::read_at(ReplicaSets sets, kv::Key key, bool* moved_on) {
  sets.write.push_back(std::move(sets.read));
  ReplicaSet nodes = caller_.nearest_first(union_of(sets.write));
  ReplicaSet without;
  std::optional<Error> failure;
  // A row that was read lies on a majority of each set with all that belongs beside it, until a layout change is over.
  // So if majorities lack it that have come no further than this node, the row was replaced meanwhile, whoever may be
  // silent.
  const auto is_gone = [&] {
    return std::ranges::all_of(sets.write, [&](const ReplicaSet& set) {
      const auto lacks = [&](const NodeId& node) { return std::ranges::find(without, node) != without.end(); };
      return set.empty() || static_cast<size_t>(std::ranges::count_if(set, lacks)) >= majority_of(set.size());
    });
  };
  // A node that has just fallen silent is not waited for while another one can answer.
  for (const Duration timeout : {std::min(kFirstLook, call_timeout_), call_timeout_}) {
    failure.reset();
    ReplicaSet silent;
    for (const NodeId& node : nodes) {
      auto answer = co_await ask(node, key, timeout);
      if (answer && answer->value) co_return std::move(*answer->value);
      if (!answer) {
        failure = std::move(answer).error();
        silent.push_back(node);
        continue;
      }
      if (answer->stage > sets.stage) {
        *moved_on = true;
        continue;
      }
      without.push_back(node);
      if (is_gone()) co_return fail(ErrorKind::kNotFound, "the row was replaced meanwhile");
    }
    nodes = std::move(silent);
  }
  if (*moved_on) co_return fail(ErrorKind::kUnavailable, "the layout has moved on, and this node has not heard of it");
  if (failure) co_return fail(ErrorKind::kUnavailable, "some replicas could not be asked: " + failure->message);
  co_return fail(ErrorKind::kNotFound, "no replica has it");
}

}  // namespace garage::table

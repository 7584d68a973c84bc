#include "table/companions.hpp"

#include <algorithm>
#include <utility>

#include "codec/tlv.hpp"
#include "runtime/loop.hpp"
#include "table/gather.hpp"
#include "table/operations.hpp"
#include "table/stored_row.hpp"

namespace garage::table {
namespace {

constexpr Duration kFirstLook = 500ms;

enum RequestTag : uint32_t { kTagFamily = 1, kTagKey = 2 };
enum AnswerTag : uint32_t { kTagValue = 1 };

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

Result<std::optional<std::string>> decode_answer(std::string_view bytes) {
  std::optional<std::string> value;
  auto in = codec::TlvReader::nested(bytes);
  while (in.next()) {
    if (in.tag() == kTagValue) value.emplace(in.bytes());
  }
  CHECK_OK(in.status());
  return value;
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
  CO_TRY(const auto value, co_await read(std::move(key)));
  auto out = codec::TlvWriter::nested();
  if (value) out.bytes(kTagValue, *value);
  co_return std::move(out).take_body();
}

Task<Result<std::optional<std::string>>> Companions::fetch(NodeId from, kv::Key key) {
  return fetch_within(from, std::move(key), call_timeout_);
}

Task<Result<std::optional<std::string>>> Companions::fetch_within(NodeId from, kv::Key key, Duration timeout) {
  if (own_ && from == self_) co_return co_await own_->read(std::move(key));
  const net::CallOptions options{.deadline = runtime::Loop::current()->now() + timeout};
  CO_TRY(const std::string bytes, co_await caller_.call(from, std::string(kCompanionOperation), encode(key), options));
  co_return decode_answer(bytes);
}

Task<Result<std::string>> Companions::read(ReplicaSets sets, kv::Key key) {
  sets.write.push_back(std::move(sets.read));
  ReplicaSet nodes = caller_.nearest_first(union_of(sets.write));
  ReplicaSet without;
  std::optional<Error> failure;
  // A row that was read lies on a majority with all that belongs beside it. So if a majority lacks it, the row was
  // replaced meanwhile, whoever may be silent.
  const auto is_gone = [&] {
    return std::ranges::any_of(sets.write, [&](const ReplicaSet& set) {
      const auto lacks = [&](const NodeId& node) { return std::ranges::find(without, node) != without.end(); };
      return !set.empty() && static_cast<size_t>(std::ranges::count_if(set, lacks)) >= majority_of(set.size());
    });
  };
  // A node that has just fallen silent is not waited for while another one can answer.
  for (const Duration timeout : {std::min(kFirstLook, call_timeout_), call_timeout_}) {
    failure.reset();
    ReplicaSet silent;
    for (const NodeId& node : nodes) {
      auto value = co_await fetch_within(node, key, timeout);
      if (value && *value) co_return std::move(**value);
      if (!value) {
        failure = std::move(value).error();
        silent.push_back(node);
        continue;
      }
      without.push_back(node);
      if (is_gone()) co_return fail(ErrorKind::kNotFound, "the row was replaced meanwhile");
    }
    nodes = std::move(silent);
  }
  if (failure) co_return fail(ErrorKind::kUnavailable, "some replicas could not be asked: " + failure->message);
  co_return fail(ErrorKind::kNotFound, "no replica has it");
}

}  // namespace garage::table

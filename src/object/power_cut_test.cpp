// The power fails at every change of the disk during put, overwrite, copy, complete, delete, collection and compaction.
// Whatever was acknowledged is there afterwards, bit for bit; what was not is there whole or not at all.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "object/testing/object_node.hpp"

namespace garage::object {
namespace {

using namespace testing;

// What each key may hold after the cut: the value before and after each change that was not acknowledged.
struct Oracle {
  std::map<std::string, std::string> settled;                  // "<none>" where there is nothing
  std::optional<std::pair<std::string, std::string>> pending;  // key, value

  void begin(std::string key, std::string value) { pending.emplace(std::move(key), std::move(value)); }
  void end(bool acknowledged) {
    if (acknowledged) {
      settled[pending->first] = pending->second;
      pending.reset();
    }
  }
  // A flow stops at the first failure, so at most one change is in doubt.
  void check(ObjectNode& node, BucketRef bucket) const {
    for (const auto& [key, value] : settled) {
      const std::string got = node.get(bucket, key);
      const bool in_doubt = pending && pending->first == key && got == pending->second;
      EXPECT_TRUE(got == value || in_doubt) << "key " << key << ": " << got.size() << " bytes, " << got.substr(0, 60);
    }
  }
};

const std::string kLarge = noise(1, 60'000), kOther = noise(2, 45'000);

bool put(ObjectNode& node, BucketRef bucket, Oracle& oracle, const std::string& key, const std::string& bytes) {
  oracle.begin(key, bytes);
  const bool ok = node.put(bucket, key, bytes).has_value();
  oracle.end(ok);
  return ok;
}

bool copy(ObjectNode& node, BucketRef bucket, Oracle& oracle, const std::string& from, const std::string& to) {
  auto source = node.run(node.objects->head(bucket, from));
  if (!source || !*source) return false;
  oracle.begin(to, oracle.settled.at(from));
  const bool ok = node.run(node.objects->copy({**source, node.put_request(bucket, to)})).has_value();
  oracle.end(ok);
  return ok;
}

bool remove(ObjectNode& node, BucketRef bucket, Oracle& oracle, const std::string& key) {
  oracle.begin(key, "<none>");
  const bool ok = node.remove(bucket, key).has_value();
  oracle.end(ok);
  return ok;
}

bool multipart(ObjectNode& node, BucketRef bucket, Oracle& oracle, const std::string& key) {
  auto upload = node.run(node.objects->create_upload({bucket, key, {}, "", {}, {}}));
  if (!upload) return false;
  CompleteRequest request;
  request.bucket = bucket;
  request.key = key;
  request.upload = upload->id;
  for (uint32_t number = 1; number <= 2; ++number) {
    StringSource source(number == 1 ? kLarge : kOther);
    auto part = node.run(node.objects->put_part({bucket, key, upload->id, number, {}, {}}, source));
    if (!part) return false;
    request.parts.push_back({number, part->md5, {}});
  }
  oracle.begin(key, kLarge + kOther);
  const auto completed = node.run(node.objects->complete_upload(request));
  const bool ok = completed && completed->problem == CompleteProblem::kNone;
  oracle.end(ok);
  return ok;
}

bool collect(ObjectNode& node) {
  node.clock.unix_ms += 2 * 60 * 60 * 1000;
  for (int round = 0; round < 4; ++round) {
    if (!node.run(node.objects->collect_once())) return false;
    node.node.loop.advance(5s);
  }
  return true;
}

bool everything(ObjectNode& node, BucketRef bucket, Oracle& oracle) {
  if (!put(node, bucket, oracle, "a", kLarge) || !put(node, bucket, oracle, "small", "just a few bytes")) return false;
  if (!put(node, bucket, oracle, "a", kOther) || !copy(node, bucket, oracle, "a", "b")) return false;
  if (!multipart(node, bucket, oracle, "m") || !remove(node, bucket, oracle, "a")) return false;
  if (!collect(node)) return false;
  if (!remove(node, bucket, oracle, "m") || !collect(node)) return false;
  if (!node.run(node.node.blocks->compact_once({}))) return false;
  return put(node, bucket, oracle, "c", kLarge);
}

void sweep(sim::CutMode mode) {
  uint64_t cuts = 0;
  for (uint64_t at = 1;; ++at) {
    SCOPED_TRACE("cut at change " + std::to_string(at));
    Machine machine;
    Oracle oracle;
    BucketRef bucket;
    bool finished = false;
    {
      ObjectNode node(machine);
      bucket = node.make_bucket("bucket");
      machine.die_together();
      machine.disk.cut_at_change(at);
      finished = everything(node, bucket, oracle);
    }
    const bool cut = machine.disk.power_is_off();
    machine.power_cut(mode);
    ObjectNode again(machine);
    ASSERT_FALSE(again.broken) << again.broken->message;
    oracle.check(again, bucket);
    EXPECT_TRUE(put(again, bucket, oracle, "after", kOther));
    oracle.check(again, bucket);
    if (!cut) {
      ASSERT_TRUE(finished);
      break;
    }
    ++cuts;
  }
  EXPECT_GT(cuts, 30u);
}

TEST(PowerCut, AtEveryChangeNothingUnsyncedIsLeft) {
  sweep(sim::CutMode::kDropAll);
}
TEST(PowerCut, AtEveryChangeTheDeviceHadWrittenEverything) {
  sweep(sim::CutMode::kKeepAll);
}
TEST(PowerCut, AtEveryChangeSomeIsLeftAndSomeIsTorn) {
  sweep(sim::CutMode::kSubset);
}

}  // namespace
}  // namespace garage::object

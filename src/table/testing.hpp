// What the tests of this module share: a clock set by hand, a seeded random source, a schema that counts, a node of
// one.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "kv/commit_queue.hpp"
#include "kv/memory_store.hpp"
#include "runtime/clock.hpp"
#include "runtime/inline_pool.hpp"
#include "runtime/manual_loop.hpp"
#include "runtime/random.hpp"
#include "table/ord_source.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table::testing {

class FakeClock final : public runtime::Clock {
 public:
  WallTime wall_now() override { return {ms}; }
  MonotonicTime monotonic_now() override { return {std::chrono::milliseconds(ms)}; }
  uint64_t ms = 1'000'000;
};

// Splitmix: good enough to be different, and the same every time.
class FakeRandom final : public runtime::Random {
 public:
  explicit FakeRandom(uint64_t seed) : state_(seed) {}
  void fill(std::span<unsigned char> out) override {
    for (unsigned char& byte : out) {
      state_ += 0x9e3779b97f4a7c15u;
      uint64_t z = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      byte = static_cast<unsigned char>((z ^ (z >> 31)) >> 56);
    }
  }

 private:
  uint64_t state_;
};

// Keeps, in the queue family, the uuid of every write whose row was replaced: derived state that a re-stamp must not
// touch.
class CountingSchema final : public Schema {
 public:
  kv::Family family() const override { return kv::Family::kObject; }
  Result<void> on_install(kv::View& view, kv::Batch& batch, std::string_view key, const std::optional<Row>& before,
                          const Row& after) override {
    ++derivations;
    if (fail_derivation) return fail(ErrorKind::kIo, "asked to fail");
    if (before) batch.put(kv::Family::kQueue, before->uuid.hex(), std::string(key));
    return {};
  }
  std::vector<kv::Key> companions_of(std::string_view key, const Row& row) const override {
    if (!with_companions || !row.value) return {};
    return {{kv::Family::kInline, std::string(row.uuid.view())}};
  }
  std::vector<kv::Key> companions_behind(const kv::Key& companion, std::string_view value) const override {
    std::vector<kv::Key> out;
    for (size_t i = 0; companion.family == kv::Family::kInline && i < pages; ++i) {
      out.push_back({kv::Family::kManifest, companion.bytes + std::to_string(i)});
    }
    return out;
  }
  bool is_closed(std::string_view) const override { return closed; }
  std::string project(std::string_view value) const override { return std::string(value.substr(0, projected_bytes)); }
  // Of values as "upload 1", "upload 1 if" where it was completed under a condition, "upload 1 of <uuid>" where it was
  // edited since.
  std::optional<Completion> completion_of(const Row& row) const override {
    std::istringstream words(row.value.value_or(""));
    std::string word, number;
    if (!(words >> word >> number) || word != "upload") return std::nullopt;
    Completion completion{upload_number(number), row.uuid};
    while (words >> word) {
      if (word == "if") completion.conditional = true;
      if (word == "of" && words >> word) completion.write = *Uuid::from_hex(word);
    }
    return completion;
  }
  static Uuid upload_number(const std::string& digits) {
    Uuid out;
    out.bytes[7] = static_cast<unsigned char>(std::stoi(digits));
    return out;
  }
  void installed(std::string_view key, const Row& row) override { memory[std::string(key)] = row; }

  int derivations = 0;
  bool fail_derivation = false;
  bool closed = false;           // to clients
  bool with_companions = false;  // every value has a body, in the inline family under the uuid of its write
  size_t pages = 0;              // that each body names
  size_t projected_bytes = SIZE_MAX;
  std::map<std::string, Row> memory;
};

// A decision that is made where the current value is `expected` (nullopt: nothing, or a tombstone).
class IfValueIs final : public Decision {
 public:
  IfValueIs(std::optional<std::string> expected, std::optional<std::string> value)
      : expected_(std::move(expected)), value_(std::move(value)) {}
  Result<std::optional<std::string>> decide(const std::optional<Row>& current) override {
    const auto present = current ? current->value : std::nullopt;
    if (present != expected_) return fail(ErrorKind::kPrecondition, "another value is there");
    return value_;
  }

 private:
  std::optional<std::string> expected_;
  std::optional<std::string> value_;
};

// The parts of a storage node that a register stands on.
struct TestNode {
  explicit TestNode(uint64_t seed) : random(seed) {}

  FakeClock clock;
  FakeRandom random;
  runtime::ManualLoop loop;
  runtime::InlinePool pool;
  kv::MemoryStore store;
  CountingSchema schema;
  OrdSource ords{clock, random};
  kv::CommitQueue commits{store, pool, {}};

  Write blind(std::string key, std::optional<std::string> value) {
    return {.key = std::move(key),
            .uuid = random.id<Uuid>(),
            .decision = always(std::move(value)),
            .companions = {},
            .extra = {},
            .ceiling = {}};
  }
  Write conditional(std::string key, std::optional<std::string> expected, std::optional<std::string> value) {
    Write write = blind(std::move(key), {});
    write.decision = std::make_shared<IfValueIs>(std::move(expected), std::move(value));
    write.conditional = true;
    return write;
  }
};

}  // namespace garage::table::testing

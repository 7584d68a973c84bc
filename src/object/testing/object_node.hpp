// A node for tests of this module: everything below it is real, over a simulated disk and the store in memory, on a
// hand-driven loop.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "block/testing/test_node.hpp"
#include "model/settings.hpp"
#include "object/objects.hpp"
#include "table/local_register.hpp"
#include "table/ord_source.hpp"

namespace garage::object::testing {

using block::testing::Machine;
using block::testing::noise;

class HandClock : public runtime::Clock {
 public:
  uint64_t unix_ms = 1'767'225'600'000;
  WallTime wall_now() override { return {unix_ms}; }
  MonotonicTime monotonic_now() override { return {}; }
};

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes, bool declares_length = true)
      : bytes_(std::move(bytes)), declares_(declares_length) {}
  // The body breaks off behind this many bytes.
  void break_at(size_t offset) { break_at_ = offset; }

  Task<Result<size_t>> read(std::span<char> out) override {
    if (offset_ >= break_at_) co_return fail(ErrorKind::kClosed, "the peer hung up");
    const size_t count = std::min({out.size(), bytes_.size() - offset_, size_t{7000}, break_at_ - offset_});
    std::copy_n(bytes_.data() + offset_, count, out.data());
    offset_ += count;
    co_return count;
  }
  std::optional<uint64_t> length() const override {
    return declares_ ? std::optional<uint64_t>(bytes_.size()) : std::nullopt;
  }

 private:
  std::string bytes_;
  bool declares_;
  size_t offset_ = 0;
  size_t break_at_ = SIZE_MAX;
};

// One life of a node; the machine outlives it.
class ObjectNode {
 public:
  explicit ObjectNode(Machine& machine, ObjectOptions options = small_options(),
                      block::BlockOptions of_blocks = block_options(), env::Disk* disk = nullptr)
      : node(machine, kv::Durability::kSynced, disk), ords(clock, random) {
    auto opened = node.open(std::move(of_blocks));
    if (!opened) {
      broken = opened.error();
      return;
    }
    const Objects::MakeRegister make_register = [this,
                                                 &machine](table::Schema& schema) -> std::unique_ptr<table::Register> {
      return std::make_unique<table::LocalRegister>(machine.store, node.commits, pool, ords, schema);
    };
    settings = model::Settings::open(machine.store, clock, random, make_register, {}).value();
    objects = Objects::create(env(machine), machine.store, node.commits, *node.blocks, make_register, options);
  }
  ~ObjectNode() {
    if (objects) run(finish());
  }

  static ObjectOptions small_options() {
    ObjectOptions options;
    options.block_bytes = 8192;
    options.inline_bytes_max = 1000;
    options.upload_window_bytes = 32768;
    options.part_bytes_min = 5000;
    return options;
  }
  static block::BlockOptions block_options() { return block::testing::small_options(); }

  env::Env env(Machine& machine) { return {clock, random, machine.disk, network, {&node.loop}, {pool, pool}}; }

  template <class T>
  T run(Task<T> task) {
    return node.loop.run_until_done(std::move(task));
  }

  BucketRef make_bucket(const std::string& name) {
    const auto id = run(settings->create_bucket(name, "", 4));
    return {id.value(), 4};
  }

  PutRequest put_request(BucketRef bucket, std::string key) {
    PutRequest request;
    request.bucket = bucket;
    request.key = std::move(key);
    return request;
  }
  Result<Stored> put(BucketRef bucket, std::string key, std::string bytes, WriteCondition condition = {}) {
    PutRequest request = put_request(bucket, std::move(key));
    request.condition = std::move(condition);
    StringSource source(std::move(bytes));
    return run(objects->put(std::move(request), source));
  }
  // The bytes, or the reason in angle brackets.
  std::string get(BucketRef bucket, const std::string& key, ByteRange range = {}) {
    auto object = run(objects->head(bucket, key));
    if (!object) return "<" + object.error().message + ">";
    if (!*object) return "<none>";
    return read(bucket, key, std::move(**object), range);
  }
  std::string read(BucketRef bucket, const std::string& key, Object object, ByteRange range = {}) {
    auto reader = run(objects->open(bucket, key, std::move(object), range));
    if (!reader) return "<" + reader.error().message + ">";
    std::string out;
    for (;;) {
      auto piece = run((*reader)->next());
      if (!piece) return "<" + piece.error().message + ">";
      if (piece->empty()) return out;
      out += piece->view();
    }
  }
  Result<void> remove(BucketRef bucket, std::string key) { return run(objects->remove({bucket, std::move(key), {}})); }
  std::vector<std::string> keys(BucketRef bucket, std::string prefix = "", std::string delimiter = "") {
    ListQuery query{bucket.id, bucket.spread, std::move(prefix), std::move(delimiter), "", "", 1000};
    auto page = run(objects->list(std::move(query)));
    std::vector<std::string> out;
    for (auto& object : page.value().objects) out.push_back(object.key);
    for (auto& rolled : page.value().common_prefixes) out.push_back(rolled);
    return out;
  }
  // Until the collector finds nothing more to do.
  void collect() {
    clock.unix_ms += 2 * 60 * 60 * 1000;
    for (int quiet = 0; quiet < 3;) quiet = run(objects->collect_once()).value() == 0 ? quiet + 1 : 0;
  }
  size_t rows(Machine& machine, kv::Family family) {
    size_t count = 0;
    auto iterator = machine.store.iterate(family, {});
    for (iterator->seek(""); iterator->valid(); iterator->next()) ++count;
    return count;
  }

  HandClock clock;
  sim::SimRandom random{42};
  block::testing::StepPool pool;
  block::testing::NoNetwork network;
  block::testing::TestNode node;
  table::OrdSource ords;
  std::unique_ptr<model::Settings> settings;
  std::unique_ptr<Objects> objects;
  std::optional<Error> broken;

 private:
  Task<bool> finish() {
    co_await objects->stop();
    co_return true;
  }
};

}  // namespace garage::object::testing

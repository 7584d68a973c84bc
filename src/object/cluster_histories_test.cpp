// Random histories on three nodes that come and go: writes, deletions, copies and uploads from everywhere, duties in
// between. Nothing acknowledged is lost or changed; when all is quiet every block that a row names is on all three
// nodes with its reference, and nothing else is anywhere.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "object/testing/object_cluster.hpp"

namespace garage::object {
namespace {

using namespace testing;

constexpr int kSteps = 40;

class History {
 public:
  explicit History(uint64_t seed) : random_(seed) {}

  void run() {
    for (int step = 0; step < kSteps; ++step) {
      accident();
      act();
      check(some_key());
      if (random_.below(4) == 0) duties(random_.below(3));
      cluster_.world.clock.unix_ms += random_.below(3) * 60'000;
    }
    set_down(std::nullopt);
    cluster_.let_time_pass();
    mend_rows();
    cluster_.let_time_pass();
    for (const auto& key : kKeys) check(key);
    check_blocks();
  }

 private:
  std::string some_key() { return kKeys[random_.below(kKeys.size())]; }
  // Few different blocks, so that owners meet on them.
  std::string some_bytes() {
    std::string out;
    for (uint64_t blocks = 1 + random_.below(3); blocks > 0; --blocks) out += noise(random_.below(3), 8192);
    return random_.below(5) == 0 ? "small " + std::to_string(random_.below(100)) : out;
  }
  size_t some_node() {
    for (;;) {
      const size_t node = random_.below(ObjectCluster::kNodes);
      if (node != down_) return node;
    }
  }
  void set_down(std::optional<size_t> down) {
    if (down_) cluster_.up(*down_, true);
    if (down) cluster_.up(*down, false);
    down_ = down;
  }
  void accident() {
    for (size_t i = 0; i < ObjectCluster::kNodes; ++i) cluster_.world.board.ports[node_id(i)].broken_operation.clear();
    switch (random_.below(6)) {
      case 0:
        return set_down(random_.below(ObjectCluster::kNodes));
      case 1:
        return set_down(std::nullopt);
      case 2: {
        // One node hears some of what it is asked, and not the rest; now and then all do.
        static const std::vector<std::string> kOperations{"block/put", "block/refer", "block/drop", "table/call"};
        const bool all = random_.below(4) == 0;
        const std::string lost = kOperations[random_.below(kOperations.size())];
        for (size_t i = 0; i < ObjectCluster::kNodes; ++i) {
          if (all || random_.below(3) == 0) cluster_.world.board.ports[node_id(i)].broken_operation = lost;
        }
        return;
      }
      default:
        return;
    }
  }
  // What the key may hold from now on: the new value if it was acknowledged, either if nobody knows.
  void note(const std::string& key, const std::string& value, bool acknowledged, ErrorKind why) {
    auto& possible = possible_[key];
    if (possible.empty()) possible.insert("<none>");
    if (acknowledged) {
      possible = {value};
    } else if (why == ErrorKind::kUnknownOutcome) {
      possible.insert(value);
    }
  }
  template <class T>
  static ErrorKind reason(const Result<T>& result) {
    return result ? ErrorKind::kInternal : result.error().kind;
  }
  void act() {
    const std::string key = some_key();
    const size_t at = some_node();
    switch (random_.below(8)) {
      case 0: {
        const auto removed = cluster_.remove(at, key);
        return note(key, "<none>", removed.has_value(), reason(removed));
      }
      case 1: {
        const std::string source = some_key();
        const std::string bytes = cluster_.get(at, source);
        if (bytes.starts_with("<")) return;
        const auto copied = cluster_.copy(at, source, key);
        return note(key, bytes, copied.has_value(), reason(copied));
      }
      case 2:
        return multipart(at, key);
      default: {
        const std::string bytes = some_bytes();
        const auto put = cluster_.put(at, key, bytes);
        return note(key, bytes, put.has_value(), reason(put));
      }
    }
  }
  void multipart(size_t at, const std::string& key) {
    Objects& objects = *cluster_.members[at]->objects;
    const auto upload = cluster_.run(objects.create_upload({cluster_.bucket, key, {}, "", {}, {}}));
    if (!upload) return;
    CompleteRequest request;
    request.bucket = cluster_.bucket;
    request.key = key;
    request.upload = upload->id;
    std::string whole;
    for (uint32_t number = 1; number <= 2; ++number) {
      const std::string bytes = noise(random_.below(3), 8192) + some_bytes();
      StringSource source(bytes);
      const auto part = cluster_.run(objects.put_part({cluster_.bucket, key, upload->id, number, {}, {}}, source));
      if (!part) break;
      request.parts.push_back({number, part->md5, {}});
      whole += bytes;
    }
    if (request.parts.size() < 2 || random_.below(3) == 0) {
      // Aborted sooner or later.
      uploads_.push_back({key, upload->id});
      if (random_.below(2) == 0) abort_all();
      return;
    }
    const auto completed = cluster_.run(objects.complete_upload(request));
    note(key, whole, completed.has_value(), reason(completed));
    if (!completed) uploads_.push_back({key, upload->id});
  }
  void abort_all() {
    for (const auto& [key, id] : std::exchange(uploads_, {})) {
      const auto aborted = cluster_.run(cluster_.members[some_node()]->objects->abort_upload(cluster_.bucket, key, id));
      if (!aborted && aborted.error().kind != ErrorKind::kNotFound) uploads_.push_back({key, id});
    }
  }
  void duties(size_t at) {
    auto& member = cluster_.members[at];
    (void)cluster_.run(member->hints->replay_once());
    (void)cluster_.run(member->resync->run_once());
    (void)cluster_.run(member->objects->collect_once());
  }
  void check(const std::string& key) {
    const std::string got = cluster_.get(some_node(), key);
    auto& possible = possible_[key];
    if (possible.empty()) possible.insert("<none>");
    const bool broken_now = got.starts_with("<") && got != "<none>" && !cluster_is_whole();
    if (broken_now) return;
    EXPECT_TRUE(possible.contains(got)) << key << " holds " << got.size() << " bytes: " << got.substr(0, 80);
    // What was read stays.
    if (possible.contains(got)) possible = {got};
  }
  bool cluster_is_whole() const {
    if (down_) return false;
    for (const auto& [id, port] : cluster_.world.board.ports) {
      if (!port.broken_operation.empty()) return false;
    }
    return true;
  }
  // In the place of the tables' own hints and syncs: every row that any node has is settled on all.
  void mend_rows() {
    for (size_t i = 0; i < ObjectCluster::kNodes; ++i) cluster_.world.board.ports[node_id(i)].broken_operation.clear();
    abort_all();
    for (const auto family : {kv::Family::kObject, kv::Family::kUpload}) {
      std::set<std::string> keys;
      for (auto& member : cluster_.members) {
        auto rows = member->machine.store.iterate(family, {});
        for (rows->seek(""); rows->valid(); rows->next()) keys.insert(std::string(rows->key()));
      }
      const size_t table = family == kv::Family::kObject ? 0 : 1;
      for (const auto& key : keys) {
        EXPECT_OK(cluster_.run(cluster_.members[0]->tables[table]->settle(key, {})));
      }
    }
  }
  void check_blocks() {
    std::set<std::string> named;  // references that the rows call for
    for (const auto& key : kKeys) {
      const auto object = cluster_.run(cluster_.members[0]->objects->head(cluster_.bucket, key)).value();
      if (!object) continue;
      std::vector<model::BodyPlace> bodies{object->version.body};
      for (const auto& part : object->version.parts) bodies.push_back(part.body);
      for (const auto& body : bodies) {
        for (const auto& block : body.blocks) named.insert(block::reference_key(block.hash, body.owner));
      }
    }
    for (auto& member : cluster_.members) {
      std::set<std::string> found;
      auto rows = member->machine.store.iterate(kv::Family::kBlockRef, {});
      for (rows->seek(""); rows->valid(); rows->next()) found.insert(std::string(rows->key()));
      for (const auto& key : named) EXPECT_TRUE(found.contains(key)) << "a reference is missing";
      for (const auto& key : found) {
        EXPECT_TRUE(named.contains(key)) << "a reference is left: "
                                         << (*Uuid::from_raw(std::string_view(key).substr(BlockHash::kSize))).hex();
        const auto hash = *BlockHash::from_raw(std::string_view(key).substr(0, BlockHash::kSize));
        EXPECT_TRUE(cluster_.run(member->node.blocks->read(hash, 0, 1))) << "bytes are missing";
      }
      EXPECT_EQ(member->count(kv::Family::kQueue), 0u);
    }
  }

  const std::vector<std::string> kKeys{"a", "b", "c"};
  sim::SimRandom random_;
  ObjectCluster cluster_;
  std::optional<size_t> down_;
  std::map<std::string, std::set<std::string>> possible_;
  std::vector<std::pair<std::string, Uuid>> uploads_;
};

TEST(ClusterHistories, NothingIsLostAndNothingIsLeft) {
  const char* first = std::getenv("GARAGE_HISTORY_SEED");
  const char* count = std::getenv("GARAGE_HISTORY_COUNT");
  const uint64_t from = first ? std::strtoull(first, nullptr, 10) : 1;
  const uint64_t seeds = count ? std::strtoull(count, nullptr, 10) : 30;
  for (uint64_t seed = from; seed < from + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace garage::object

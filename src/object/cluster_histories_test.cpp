// Random histories on three or five nodes that come and go, with questions that are slow, lost, or carried out long
// after their asker gave up: writes, deletions, copies and uploads from everywhere at the same time, all on the same
// few blocks, with the duties running. Nothing acknowledged is lost or changed; when all is quiet every block that a
// row names is on all three nodes with its reference, and nothing else is anywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "object/testing/object_cluster.hpp"
#include "runtime/sleep.hpp"

namespace garage::object {
namespace {

using namespace testing;
using runtime::sleep_for;

constexpr int kStepsOfClient = 12;

block::ReplicaOptions quick_options() {
  block::ReplicaOptions options;
  options.call_timeout = 3s;
  options.lease = 8s;
  return options;
}

class History {
 public:
  History(uint64_t seed, size_t nodes) : random_(seed), cluster_(nodes, quick_options()) {}

  void run() {
    cluster_.world.board.fate = [this] { return draw_fate(); };
    cluster_.run(play());
    cluster_.world.board.fate = nullptr;
    cluster_.world.loop.advance(120s);
    cluster_.run(join_late());
    cluster_.let_time_pass();
    mend_rows();
    cluster_.let_time_pass();
    for (const auto& key : kKeys) check(key, cluster_.get(0, key), true);
    check_blocks();
  }

 private:
  // The bytes, and where a client would read or write next.
  std::string some_bytes() {
    std::string out;
    for (uint64_t blocks = 1 + random_.below(3); blocks > 0; --blocks) out += noise(random_.below(3), 8192);
    return random_.below(6) == 0 ? "small " + std::to_string(random_.below(100)) : out;
  }
  Member& some_member() {
    for (;;) {
      const size_t node = random_.below(cluster_.members.size());
      if (node != down_) return *cluster_.members[node];
    }
  }
  Objects& some_objects() { return *some_member().objects; }
  Duration up_to(Duration longest) { return Duration(random_.below(static_cast<uint64_t>(longest.count()))); }
  Switchboard::Fate draw_fate() {
    Switchboard::Fate fate;
    fate.there = up_to(20ms);
    fate.back = up_to(20ms);
    switch (random_.below(40)) {
      case 0:
        fate.lost_there = true;
        break;
      case 1:
        fate.lost_back = true;
        break;
      case 2:
        fate.late = true;
        fate.lateness = up_to(30s);
        break;
      case 3:
        fate.there = up_to(2s);
        break;
      default:
        break;
    }
    return fate;
  }

  Task<bool> play() {
    runtime::TaskGroup clients, background;
    for (const auto& key : kKeys) clients.spawn(client(key));
    for (size_t i = 0; i < cluster_.members.size(); ++i) background.spawn(duties(i));
    background.spawn(accidents());
    co_await clients.join();
    over_ = true;
    co_await background.join();
    co_await abort_all();
    co_return true;
  }
  Task<bool> join_late() {
    co_await cluster_.world.board.late_comers.join();
    co_return true;
  }
  Task<void> accidents() {
    while (!over_) {
      co_await sleep_for(up_to(8s));
      if (down_) {
        cluster_.up(*down_, true);
        down_.reset();
      } else {
        down_ = random_.below(cluster_.members.size());
        cluster_.up(*down_, false);
      }
    }
    if (down_) cluster_.up(*down_, true);
    down_.reset();
  }
  Task<void> duties(size_t index) {
    auto& member = *cluster_.members[index];
    while (!over_) {
      co_await sleep_for(up_to(4s));
      (void)co_await member.hints->replay_once();
      (void)co_await member.resync->run_once();
      (void)co_await member.objects->collect_once();
    }
  }

  // One client a key, so that what it may read is known.
  Task<void> client(std::string key) {
    for (int step = 0; step < kStepsOfClient; ++step) {
      co_await sleep_for(up_to(3s));
      switch (random_.below(8)) {
        case 0: {
          RemoveRequest removal{cluster_.bucket, key, {}};
          note(key, "<none>", co_await some_objects().remove(std::move(removal)));
          break;
        }
        case 1:
          co_await copy_to(key);
          break;
        case 2:
          co_await multipart(key);
          break;
        default:
          co_await put_some(key);
      }
      check(key, co_await read(key), false);
    }
  }
  Task<std::string> read(std::string key) {
    Objects& objects = some_objects();
    auto object = co_await objects.head(cluster_.bucket, key);
    if (!object) co_return "<" + object.error().message + ">";
    if (!*object) co_return "<none>";
    auto reader = co_await objects.open(cluster_.bucket, key, std::move(**object), {});
    if (!reader) co_return "<" + reader.error().message + ">";
    std::string out;
    for (;;) {
      auto piece = co_await (*reader)->next();
      if (!piece) co_return "<" + piece.error().message + ">";
      if (piece->empty()) co_return out;
      out += piece->view();
    }
  }
  Task<void> copy_to(std::string key) {
    Objects& objects = some_objects();
    const auto source = co_await objects.head(cluster_.bucket, kKeys[random_.below(kKeys.size())]);
    if (!source || !*source) co_return;
    const auto bytes = contents_.find((*source)->version.etag.text());
    if (bytes == contents_.end()) co_return;  // just being written
    const std::string copied = bytes->second;
    CopyRequest request{**source, cluster_.put_request(key)};
    note(key, copied, co_await objects.copy(std::move(request)));
  }
  Task<void> multipart(std::string key) {
    Objects& objects = some_objects();
    UploadRequest wanted{cluster_.bucket, key, {}, "", {}, {}};
    const auto upload = co_await objects.create_upload(std::move(wanted));
    if (!upload) co_return;
    CompleteRequest request;
    request.bucket = cluster_.bucket;
    request.key = key;
    request.upload = upload->id;
    std::string whole;
    for (uint32_t number = 1; number <= 2; ++number) {
      const std::string bytes = noise(random_.below(3), 8192) + some_bytes();
      StringSource source(bytes);
      PartRequest sent{cluster_.bucket, key, upload->id, number, {}, {}};
      const auto part = co_await objects.put_part(std::move(sent), source);
      if (!part) break;
      request.parts.push_back({number, part->md5, {}});
      whole += bytes;
    }
    if (request.parts.size() < 2 || random_.below(4) == 0) {
      uploads_.push_back({key, upload->id});
      if (random_.below(2) == 0) co_await abort_all();
      co_return;
    }
    runtime::TaskGroup racing;
    if (random_.below(4) == 0) {
      uploads_.push_back({key, upload->id});
      racing.spawn(abort_all());
    }
    auto& completing = some_member();
    // It dies once the object is there, and before the upload's row says so.
    const bool dies = random_.below(3) == 0;
    if (dies) ++completing.uploads().dying;
    const auto completed = co_await completing.objects->complete_upload(request);
    if (dies) --completing.uploads().dying;
    if (completed && completed->problem != CompleteProblem::kNone) {
      // An abort was quicker, and the parts are on their way out.
      uploads_.push_back({key, upload->id});
    } else {
      if (completed) contents_[completed->stored.etag.text()] = whole;
      note(key, whole, completed);
      if (!completed) uploads_.push_back({key, upload->id});
    }
    co_await racing.join();
    if (!dies || !completed || completed->problem != CompleteProblem::kNone) co_return;
    uploads_.push_back({key, upload->id});
    // Whatever becomes of it, a Complete that is sent again changes nothing.
    if (random_.below(4) > 0) co_await put_some(key);
    const auto again = co_await some_objects().complete_upload(std::move(request));
    if (again && again->problem == CompleteProblem::kNone) {
      EXPECT_EQ(again->stored.etag.text(), completed->stored.etag.text());
    }
  }
  Task<void> put_some(std::string key) {
    const std::string bytes = some_bytes();
    StringSource source(bytes);
    note(key, bytes, co_await some_objects().put(cluster_.put_request(key), source));
  }
  Task<void> abort_all() {
    auto uploads = std::exchange(uploads_, {});
    for (const auto& [key, id] : uploads) {
      const auto aborted = co_await some_objects().abort_upload(cluster_.bucket, key, id);
      if (!aborted && aborted.error().kind != ErrorKind::kNotFound) uploads_.push_back({key, id});
    }
  }

  // What the key may hold from now on: the new value if it was acknowledged, either if nobody knows.
  template <class T>
  void note(const std::string& key, const std::string& value, const Result<T>& done) {
    auto& possible = possible_of(key);
    contents_[plain_etag(value)] = value;
    if (done) {
      // Removing what is not there writes nothing, so it stops nothing that is still on its way.
      if (value != "<none>") maybe_[key].clear();
      possible = maybe_[key];
      possible.insert(value);
    } else if (done.error().kind == ErrorKind::kUnknownOutcome) {
      possible.insert(value);
      maybe_[key].insert(value);
    }
  }
  static std::string plain_etag(const std::string& value) {
    model::ETag etag;
    crypto::Md5 md5;
    md5.update(value);
    etag.md5 = md5.finish();
    return etag.text();
  }
  std::set<std::string>& possible_of(const std::string& key) {
    return possible_.try_emplace(key, std::set<std::string>{"<none>"}).first->second;
  }
  void check(const std::string& key, const std::string& got, bool all_is_well) {
    if (!all_is_well && got.starts_with("<") && got != "<none>") return;
    auto& possible = possible_of(key);
    EXPECT_TRUE(possible.contains(got)) << key << " holds " << got.size() << " bytes: " << got.substr(0, 80);
    if (!possible.contains(got)) return;
    // What was read stays, unless a write of which nobody knows comes through after all.
    possible = maybe_[key];
    possible.insert(got);
  }

  // In the place of the tables' own hints and syncs: every row that any node has is settled on all.
  void mend_rows() {
    cluster_.run(abort_left());
    for (const size_t table : {0u, 1u}) {
      std::set<std::string> keys;
      for (auto& member : cluster_.members) {
        auto rows = member->machine.store.iterate(table == 0 ? kv::Family::kObject : kv::Family::kUpload, {});
        for (rows->seek(""); rows->valid(); rows->next()) keys.insert(std::string(rows->key()));
      }
      for (const auto& key : keys) EXPECT_OK(cluster_.run(cluster_.members[0]->tables[table]->settle(key, {})));
    }
  }
  Task<bool> abort_left() {
    co_await abort_all();
    // Those of which nobody knows, too: of creations and aborts that were not answered.
    auto left = co_await cluster_.members[0]->objects->abort_uploads(cluster_.bucket, UINT64_MAX);
    EXPECT_TRUE(left);
    co_return true;
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
      for (const auto& key : named) {
        const auto holders =
            cluster_.world.blocks.sets_for(*BlockHash::from_raw(key.substr(0, BlockHash::kSize))).write;
        const bool holds = std::ranges::find(holders, member->id) != holders.end();
        EXPECT_TRUE(!holds || found.contains(key)) << "a reference is missing";
      }
      for (const auto& key : found) {
        EXPECT_TRUE(named.contains(key)) << "a reference is left";
        const auto hash = *BlockHash::from_raw(std::string_view(key).substr(0, BlockHash::kSize));
        EXPECT_TRUE(cluster_.run(member->node.blocks->read(hash, 0, 1))) << "bytes are missing";
      }
      EXPECT_EQ(member->count(kv::Family::kQueue), 0u);
    }
  }

  const std::vector<std::string> kKeys{"a", "b", "c", "d"};
  sim::SimRandom random_;
  ObjectCluster cluster_;
  std::optional<size_t> down_;
  bool over_ = false;
  std::map<std::string, std::set<std::string>> possible_;
  std::map<std::string, std::set<std::string>>
      maybe_;                                    // written since the last acknowledged write, with unknown outcome
  std::map<std::string, std::string> contents_;  // by ETag
  std::vector<std::pair<std::string, Uuid>> uploads_;
};

TEST(ClusterHistories, NothingIsLostAndNothingIsLeft) {
  // More of them by hand: GARAGE_HISTORY_SEED, GARAGE_HISTORY_COUNT.
  const char* first = std::getenv("GARAGE_HISTORY_SEED");
  const char* count = std::getenv("GARAGE_HISTORY_COUNT");
  const uint64_t from = first != nullptr ? std::strtoull(first, nullptr, 10) : 1;
  const uint64_t seeds = count != nullptr ? std::strtoull(count, nullptr, 10) : 40;
  for (uint64_t seed = from; seed < from + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed, seed % 3 == 0 ? 5 : 3).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace garage::object

// Objects as their users see them: what is put is read back, listed, copied, replaced and removed, and what nobody
// needs is given back.
#include <gtest/gtest.h>

#include "block/testing/one_bad_disk.hpp"
#include "codec/base64.hpp"
#include "object/testing/object_node.hpp"
#include "object/usage_counter.hpp"

namespace garage::object {
namespace {

using namespace testing;

struct ObjectTest : ::testing::Test {
  Machine machine;
  ObjectNode node{machine};
  BucketRef bucket = node.make_bucket("bucket");

  uint64_t live_bytes() {
    node.node.loop.advance(10s);  // space is given back in the background
    return node.node.blocks->stats().live_bytes;
  }
  void expect_nothing_left() {
    node.collect();
    EXPECT_EQ(node.rows(machine, kv::Family::kObject), 0u);
    EXPECT_EQ(node.rows(machine, kv::Family::kInline), 0u);
    EXPECT_EQ(node.rows(machine, kv::Family::kManifest), 0u);
    EXPECT_EQ(node.rows(machine, kv::Family::kBlockRef), 0u);
    EXPECT_EQ(node.rows(machine, kv::Family::kBlockIndex), 0u);
    EXPECT_EQ(node.rows(machine, kv::Family::kUpload), 0u);
    EXPECT_EQ(node.rows(machine, kv::Family::kQueue), 0u);
  }
};

TEST_F(ObjectTest, BodiesOfAllSizesComeBack) {
  for (size_t size : {0u, 1u, 999u, 1000u, 1001u, 8191u, 8192u, 8193u, 16384u, 100'000u, 400'000u}) {
    const std::string key = std::to_string(size), bytes = noise(size + 1, size);
    ASSERT_TRUE(node.put(bucket, key, bytes)) << size;
    EXPECT_EQ(node.get(bucket, key), bytes) << size;
    for (uint64_t offset : {uint64_t{0}, uint64_t{1}, uint64_t{8191}, uint64_t{8192}, uint64_t{50'000}}) {
      if (offset >= size) continue;
      EXPECT_EQ(node.get(bucket, key, {offset, 9000}), bytes.substr(offset, 9000)) << size << " at " << offset;
    }
  }
}

// What is left of the disk is for deleting, of which everything goes on.
TEST_F(ObjectTest, WithoutSpaceNothingIsAddedAndAllIsRemoved) {
  const std::string large = noise(1, 20'000), small = noise(2, 500);
  ASSERT_TRUE(node.put(bucket, "large", large));
  ASSERT_TRUE(node.put(bucket, "small", small));
  machine.store.set_short_of_space(true);
  const auto kind = [](const auto& result) { return result ? ErrorKind::kInternal : result.error().kind; };
  for (const std::string& bytes : {noise(3, 20'000), noise(4, 500), std::string()}) {
    EXPECT_EQ(kind(node.put(bucket, "new", bytes)), ErrorKind::kNoSpace) << bytes.size();
  }
  EXPECT_EQ(kind(node.run(node.objects->create_upload({bucket, "upload", {}, "", {}, {}}))), ErrorKind::kNoSpace);
  EXPECT_EQ(node.get(bucket, "large"), large);
  EXPECT_EQ(node.keys(bucket), (std::vector<std::string>{"large", "small"}));
  for (const std::string key : {"large", "small"}) EXPECT_TRUE(node.remove(bucket, key)) << key;
  node.collect();
  EXPECT_EQ(live_bytes(), 0u);
  EXPECT_EQ(node.rows(machine, kv::Family::kInline), 0u);
  machine.store.set_short_of_space(false);
  EXPECT_TRUE(node.put(bucket, "new", small));
}

TEST(OneBadDisk, StopsNoUploadsToTheOthers) {
  Machine machine;
  block::testing::OneBadDisk disk(machine.disk);
  ObjectNode node(machine, ObjectNode::small_options(), block::testing::OneBadDisk::options(), &disk);
  const BucketRef bucket = node.make_bucket("bucket");
  block::BlockHold good_hold, bad_hold;
  const std::string good = block_in(node.node, block::testing::OneBadDisk::kGood, 5000, good_hold);
  block_in(node.node, block::testing::OneBadDisk::kBad, 5000, bad_hold);
  disk.fails = true;
  const auto stored = node.put(bucket, "k", good);
  EXPECT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(node.get(bucket, "k"), good);
}

TEST_F(ObjectTest, DamagedCountersKeepNothingFromBeingWritten) {
  ASSERT_TRUE(node.put(bucket, "a", "one"));
  kv::Batch damage;
  const kv::Key counters = usage_row(bucket.id);
  damage.put(counters.family, counters.bytes, "garbage");
  ASSERT_TRUE(machine.store.write(damage, kv::Durability::kSynced));
  EXPECT_EQ(node.run(node.objects->usage(bucket.id)).value().objects, 0u);
  ASSERT_TRUE(node.put(bucket, "b", "two"));
  EXPECT_EQ(node.run(node.objects->usage(bucket.id)).value().objects, 1u) << "from there on";
  ASSERT_TRUE(node.remove(bucket, "a"));
  ASSERT_TRUE(node.remove(bucket, "b"));
  ASSERT_TRUE(machine.store.write(damage, kv::Durability::kSynced));
  EXPECT_TRUE(node.run(node.objects->delete_bucket(*node.settings, bucket)));
}

TEST_F(ObjectTest, ABodyOfUnknownLengthIsStoredToo) {
  for (size_t size : {0u, 500u, 8192u, 20'000u}) {
    const std::string bytes = noise(size, size);
    StringSource source(bytes, false);
    ASSERT_TRUE(node.run(node.objects->put(node.put_request(bucket, "k"), source)));
    EXPECT_EQ(node.get(bucket, "k"), bytes) << size;
  }
}

TEST_F(ObjectTest, TheEtagIsTheMd5AndChecksumsAreKept) {
  const auto stored = node.put(bucket, "k", "bar");
  EXPECT_EQ(stored->etag.text(), "37b51d194a7513e45b56f6524f2d51f2");
  const auto large = node.put(bucket, "l", std::string(1024, 'A'));
  ASSERT_EQ(large->checksums.size(), 1u);
  EXPECT_EQ(codec::to_base64(large->checksums[0].bytes), "Qeh8oXvGiSo=");
}

TEST_F(ObjectTest, ABodyThatBreaksOffLeavesNothing) {
  const std::string bytes = noise(9, 50'000);
  for (size_t at : {0u, 100u, 8192u, 30'000u}) {
    StringSource source(bytes);
    source.break_at(at);
    EXPECT_FALSE(node.run(node.objects->put(node.put_request(bucket, "k"), source)));
  }
  EXPECT_EQ(node.get(bucket, "k"), "<none>");
  EXPECT_EQ(live_bytes(), 0u);
  expect_nothing_left();
}

TEST_F(ObjectTest, AFailedCheckLeavesNothing) {
  PutRequest request = node.put_request(bucket, "k");
  request.check = [](const Digests& digests) -> Result<void> {
    EXPECT_EQ(digests.bytes, 20'000u);
    return fail(ErrorKind::kInvalid, "not what was promised");
  };
  StringSource source(noise(1, 20'000));
  EXPECT_EQ(node.run(node.objects->put(std::move(request), source)).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(node.get(bucket, "k"), "<none>");
  EXPECT_EQ(live_bytes(), 0u);
}

TEST_F(ObjectTest, OverwritingAndRemovingGiveTheSpaceBack) {
  ASSERT_TRUE(node.put(bucket, "k", noise(1, 400'000)));
  ASSERT_TRUE(node.put(bucket, "k", noise(2, 30'000)));
  node.collect();
  EXPECT_EQ(node.get(bucket, "k"), noise(2, 30'000));
  EXPECT_EQ(node.rows(machine, kv::Family::kBlockIndex), 4u);
  EXPECT_EQ(node.rows(machine, kv::Family::kManifest), 0u);
  ASSERT_TRUE(node.put(bucket, "k", "small"));
  ASSERT_TRUE(node.remove(bucket, "k"));
  EXPECT_EQ(node.get(bucket, "k"), "<none>");
  ASSERT_TRUE(node.remove(bucket, "never there"));
  expect_nothing_left();
}

// What cannot be judged waits, and nothing behind it does.
TEST_F(ObjectTest, ADamagedEntryKeepsNoOtherFromBeingCollected) {
  ASSERT_TRUE(node.put(bucket, "a", noise(1, 40'000)));
  ASSERT_TRUE(node.put(bucket, "b", noise(2, 40'000)));
  ASSERT_TRUE(node.remove(bucket, "a"));
  ASSERT_TRUE(node.remove(bucket, "b"));
  kv::Batch batch;
  for (const char kind : {'d', 't'}) {
    auto rows = machine.store.iterate(kv::Family::kQueue, {});
    rows->seek(std::string(1, kind));
    ASSERT_TRUE(rows->valid() && rows->key()[0] == kind);
    batch.put(kv::Family::kQueue, std::string(rows->key()), "rubbish");
  }
  ASSERT_TRUE(machine.store.write(batch, kv::Durability::kSynced));
  node.collect();
  EXPECT_EQ(node.rows(machine, kv::Family::kBlockIndex), 5u);
  EXPECT_EQ(node.rows(machine, kv::Family::kObject), 1u);
  EXPECT_EQ(node.rows(machine, kv::Family::kQueue), 2u);
  EXPECT_GT(node.objects->collector_notes().status().errors, 0u) << "and people see it";
}

TEST_F(ObjectTest, SharedBlocksStayUntilTheLastUserIsGone) {
  const std::string bytes = noise(3, 40'000);
  ASSERT_TRUE(node.put(bucket, "a", bytes));
  ASSERT_TRUE(node.put(bucket, "b", bytes));
  EXPECT_EQ(node.rows(machine, kv::Family::kBlockIndex), 5u);
  ASSERT_TRUE(node.remove(bucket, "a"));
  node.collect();
  EXPECT_EQ(node.get(bucket, "b"), bytes);
  ASSERT_TRUE(node.remove(bucket, "b"));
  expect_nothing_left();
}

TEST_F(ObjectTest, AReaderKeepsWhatItOpened) {
  const std::string bytes = noise(4, 100'000);
  ASSERT_TRUE(node.put(bucket, "k", bytes));
  auto object = node.run(node.objects->head(bucket, "k"));
  auto reader = node.run(node.objects->open(bucket, "k", **object, {}));
  std::string got(node.run((*reader)->next())->view());
  ASSERT_TRUE(node.put(bucket, "k", "new"));
  node.collect();
  for (;;) {
    auto piece = node.run((*reader)->next());
    ASSERT_TRUE(piece) << piece.error().message;
    if (piece->empty()) break;
    got += piece->view();
  }
  EXPECT_EQ(got, bytes);
  reader->reset();
  ASSERT_TRUE(node.remove(bucket, "k"));
  expect_nothing_left();
}

// Clients that take nothing hold whole blocks up to a bound; from then on each further one gets little at a time.
TEST(SlowClients, HoldLittleEachWhereTheyAreMany) {
  constexpr size_t kBlockBytes = 256u << 10, kSmallBytes = 64u << 10;
  Machine machine;
  ObjectOptions options = ObjectNode::small_options();
  options.block_bytes = kBlockBytes;
  options.upload_window_bytes = 2 * kBlockBytes;
  options.ram_buffer_bytes_max = 2 * kBlockBytes;
  ObjectNode node(machine, options);
  const BucketRef bucket = node.make_bucket("bucket");
  const std::string bytes = noise(5, 3 * kBlockBytes + 1000);
  ASSERT_TRUE(node.put(bucket, "k", bytes));
  const auto object = node.run(node.objects->head(bucket, "k"));
  std::vector<std::unique_ptr<ObjectReader>> readers;
  std::vector<std::string> got(4);
  const auto take = [&](size_t reader) {
    const auto piece = node.run(readers[reader]->next());
    EXPECT_TRUE(piece) << piece.error().message;
    if (!piece) return size_t{0};
    got[reader] += piece->view();
    return piece->size();
  };
  for (size_t i = 0; i < got.size(); ++i) {
    readers.push_back(std::move(node.run(node.objects->open(bucket, "k", **object, {})).value()));
    EXPECT_EQ(take(i), i < 2 ? kBlockBytes : kSmallBytes) << i;
  }
  EXPECT_EQ(take(3), kSmallBytes);
  readers[0].reset();
  readers[1].reset();
  EXPECT_EQ(take(3), kBlockBytes - 2 * kSmallBytes) << "as before once there is room";
  for (const size_t reader : {2, 3}) {
    while (take(reader) > 0) continue;
    EXPECT_EQ(got[reader], bytes) << reader;
  }
}

TEST_F(ObjectTest, ConditionsAreJudgedAtCommit) {
  const WriteCondition if_absent = [](const CurrentObject* current) -> Result<void> {
    if (current == nullptr) return {};
    return fail(ErrorKind::kPrecondition, "exists");
  };
  EXPECT_TRUE(node.put(bucket, "k", "first", if_absent));
  EXPECT_EQ(node.put(bucket, "k", noise(1, 20'000), if_absent).error().kind, ErrorKind::kPrecondition);
  EXPECT_EQ(node.get(bucket, "k"), "first");
  EXPECT_EQ(live_bytes(), 0u);
  const auto etag = node.run(node.objects->head(bucket, "k")).value()->version.etag;
  const WriteCondition if_same = [etag](const CurrentObject* current) -> Result<void> {
    if (current != nullptr && current->etag == etag) return {};
    return fail(ErrorKind::kPrecondition, "changed");
  };
  EXPECT_TRUE(node.put(bucket, "k", "second", if_same));
  EXPECT_FALSE(node.put(bucket, "k", "third", if_same));
  EXPECT_FALSE(node.run(node.objects->remove({bucket, "k", if_same})));
  EXPECT_EQ(node.get(bucket, "k"), "second");
}

TEST_F(ObjectTest, NothingIsPutIntoADeletedBucket) {
  ASSERT_TRUE(node.run(node.settings->delete_bucket(bucket.id)));
  EXPECT_EQ(node.put(bucket, "k", "x").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(node.put(bucket, "k", noise(1, 20'000)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(node.run(node.objects->create_upload({bucket, "k", {}, "", {}, {}})).error().kind, ErrorKind::kNotFound);
  expect_nothing_left();
}

TEST_F(ObjectTest, AnEmptyBucketGoesAndNothingSlipsIn) {
  ASSERT_TRUE(node.put(bucket, "k", "there"));
  EXPECT_EQ(node.run(node.objects->require_empty(bucket)).error().kind, ErrorKind::kExists);
  ASSERT_TRUE(node.remove(bucket, "k"));
  auto guard = node.run(node.objects->require_empty(bucket));
  ASSERT_TRUE(guard);
  ASSERT_TRUE(node.put(bucket, "k", "came meanwhile"));
  EXPECT_EQ(node.run(node.settings->delete_bucket(bucket.id, *guard)).error().kind, ErrorKind::kExists);
  EXPECT_EQ(node.get(bucket, "k"), "came meanwhile");
  ASSERT_TRUE(node.remove(bucket, "k"));
  EXPECT_TRUE(node.run(node.settings->delete_bucket(bucket.id, *guard)));
  EXPECT_EQ(node.put(bucket, "k", "x").error().kind, ErrorKind::kNotFound);
}

TEST_F(ObjectTest, QuotasAreKept) {
  bucket.quotas.objects_max = 2;
  bucket.quotas.bytes_max = 1000;
  ASSERT_TRUE(node.put(bucket, "a", std::string(600, 'x')));
  EXPECT_EQ(node.put(bucket, "b", std::string(401, 'x')).error().kind, ErrorKind::kOverQuota);
  EXPECT_EQ(node.put(bucket, "b", noise(1, 20'000)).error().kind, ErrorKind::kOverQuota);
  ASSERT_TRUE(node.put(bucket, "b", std::string(400, 'x')));
  EXPECT_EQ(node.put(bucket, "c", "").error().kind, ErrorKind::kOverQuota);
  EXPECT_EQ(node.put(bucket, "b", std::string(401, 'x')).error().kind, ErrorKind::kOverQuota);
  // A quota that was lowered later does not keep anybody from making things smaller.
  bucket.quotas.bytes_max = 10;
  EXPECT_TRUE(node.put(bucket, "b", std::string(300, 'x')));
  EXPECT_TRUE(node.remove(bucket, "a"));
  EXPECT_EQ(node.get(bucket, "b"), std::string(300, 'x'));
}

TEST_F(ObjectTest, CopiesAreIndependent) {
  for (size_t size : {0u, 500u, 100'000u, 400'000u}) {
    const std::string bytes = noise(size + 7, size);
    ASSERT_TRUE(node.put(bucket, "from", bytes));
    auto source = node.run(node.objects->head(bucket, "from"));
    CopyRequest request{**source, node.put_request(bucket, "to")};
    const auto copied = node.run(node.objects->copy(std::move(request)));
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(copied->etag, (*source)->version.etag);
    ASSERT_TRUE(node.remove(bucket, "from"));
    node.collect();
    EXPECT_EQ(node.get(bucket, "to"), bytes);
    ASSERT_TRUE(node.remove(bucket, "to"));
    expect_nothing_left();
  }
}

TEST_F(ObjectTest, ACopyOntoItselfKeepsItsBytes) {
  const std::string bytes = noise(5, 60'000);
  ASSERT_TRUE(node.put(bucket, "k", bytes));
  auto source = node.run(node.objects->head(bucket, "k"));
  CopyRequest request{**source, node.put_request(bucket, "k")};
  request.target.headers = {{"x-amz-meta-a", "b"}};
  ASSERT_TRUE(node.run(node.objects->copy(std::move(request))));
  node.collect();
  EXPECT_EQ(node.get(bucket, "k"), bytes);
}

TEST_F(ObjectTest, AnEditKeepsBytesAndTime) {
  for (size_t size : {0u, 500u, 60'000u, 400'000u}) {
    const std::string bytes = noise(size + 3, size);
    ASSERT_TRUE(node.put(bucket, "k", bytes));
    const auto before = node.run(node.objects->head(bucket, "k")).value();
    node.clock.unix_ms += 60'000;
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(node.run(node.objects->edit(bucket, "k", [](model::ObjectVersion& version) -> Result<void> {
        version.headers.emplace_back("x-amz-meta-edited", "yes");
        return {};
      })));
    }
    node.collect();
    EXPECT_EQ(node.get(bucket, "k"), bytes);
    const auto after = node.run(node.objects->head(bucket, "k")).value();
    EXPECT_EQ(after->modified_ms, before->modified_ms);
    EXPECT_EQ(after->version.headers.size(), 2u);
    ASSERT_TRUE(node.remove(bucket, "k"));
    expect_nothing_left();
  }
  const auto none = node.run(node.objects->edit(bucket, "k", [](model::ObjectVersion&) -> Result<void> { return {}; }));
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
}

TEST_F(ObjectTest, UsageIsCounted) {
  ASSERT_TRUE(node.put(bucket, "a", "12345"));
  ASSERT_TRUE(node.put(bucket, "b", noise(1, 10'000)));
  ASSERT_TRUE(node.put(bucket, "a", "123"));
  auto usage = node.run(node.objects->usage(bucket.id)).value();
  EXPECT_EQ(usage.objects, 2u);
  EXPECT_EQ(usage.bytes, 10'003u);
  ASSERT_TRUE(node.remove(bucket, "b"));
  usage = node.run(node.objects->usage(bucket.id)).value();
  EXPECT_EQ(usage.objects, 1u);
  EXPECT_EQ(usage.bytes, 3u);
}

}  // namespace
}  // namespace garage::object

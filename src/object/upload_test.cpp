// Multipart uploads: parts in any order, Complete, Abort, and what each leaves behind.
#include <gtest/gtest.h>

#include "object/queue_entry.hpp"
#include "object/testing/object_node.hpp"
#include "runtime/task_group.hpp"

namespace garage::object {
namespace {

using namespace testing;

struct UploadTest : ::testing::Test {
  Machine machine;
  ObjectNode node{machine};
  BucketRef bucket = node.make_bucket("bucket");

  void expect_no_upload_left() {
    node.collect();
    for (const auto family : {kv::Family::kUpload, kv::Family::kBlockRef, kv::Family::kBlockIndex, kv::Family::kInline,
                              kv::Family::kManifest, kv::Family::kQueue}) {
      EXPECT_EQ(node.rows(machine, family), 0u) << kv::family_name(family);
    }
  }

  Uuid create(std::string key = "k") {
    return node
        .run(node.objects->create_upload({bucket, std::move(key), {{"content-type", "text/x"}}, "GKwriter", {}, {}}))
        ->id;
  }
  Result<StoredPart> part(Uuid upload, uint32_t number, std::string bytes) {
    StringSource source(std::move(bytes));
    return node.run(node.objects->put_part({bucket, "k", upload, number, {}, {}}, source));
  }
  CompleteRequest request(Uuid upload, std::vector<CompletePart> parts) {
    CompleteRequest out;
    out.bucket = bucket;
    out.key = "k";
    out.upload = upload;
    out.parts = std::move(parts);
    return out;
  }
  Completed complete(Uuid upload, std::vector<CompletePart> parts) {
    return node.run(node.objects->complete_upload(request(upload, std::move(parts)))).value();
  }
};

TEST_F(UploadTest, PartsBecomeTheObjectInOrder) {
  const Uuid upload = create();
  const std::string one = noise(1, 20'000), two = noise(2, 9'000), three = "tail";
  const auto p3 = part(upload, 7, three), p1 = part(upload, 1, one), p2 = part(upload, 3, two);
  EXPECT_EQ(node.get(bucket, "k"), "<none>");
  const auto done = complete(upload, {{1, p1->md5, {}}, {3, p2->md5, {}}, {7, p3->md5, {}}});
  ASSERT_EQ(done.problem, CompleteProblem::kNone);
  EXPECT_EQ(done.stored.etag.parts, 3u);
  EXPECT_EQ(node.get(bucket, "k"), one + two + three);
  EXPECT_EQ(node.get(bucket, "k", {19'990, 30}), (one + two).substr(19'990, 30));
  EXPECT_EQ(node.get(bucket, "k", {28'995, 100}), (one + two + three).substr(28'995));
  const auto object = node.run(node.objects->head(bucket, "k")).value();
  EXPECT_EQ(*object->version.header("content-type"), "text/x");
  EXPECT_EQ(node.run(node.objects->parts_of(*object))->size(), 3u);

  node.collect();
  EXPECT_EQ(node.get(bucket, "k"), one + two + three);
  ASSERT_TRUE(node.remove(bucket, "k"));
  node.collect();
  EXPECT_EQ(node.rows(machine, kv::Family::kBlockIndex), 0u);
  EXPECT_EQ(node.rows(machine, kv::Family::kInline), 0u);
  EXPECT_EQ(node.rows(machine, kv::Family::kUpload), 0u);
}

TEST_F(UploadTest, TheLaterOfTwoAttemptsAtAPartCountsThoughTheClockWasSetBack) {
  const Uuid upload = create();
  ASSERT_TRUE(part(upload, 1, "first"));
  node.clock.unix_ms -= 60 * 60 * 1000;
  const auto second = part(upload, 1, "second");
  ASSERT_EQ(complete(upload, {{1, second->md5, {}}}).problem, CompleteProblem::kNone);
  EXPECT_EQ(node.get(bucket, "k"), "second");
}

TEST_F(UploadTest, ManyPartsGoToPages) {
  const Uuid upload = create();
  std::vector<CompletePart> list;
  std::string all;
  for (uint32_t number = 1; number <= 600; ++number) {
    const std::string bytes = noise(number, 5000);
    list.push_back({number, part(upload, number, bytes)->md5, {}});
    all += bytes;
  }
  ASSERT_EQ(complete(upload, list).problem, CompleteProblem::kNone);
  EXPECT_EQ(node.get(bucket, "k"), all);
  EXPECT_EQ(node.get(bucket, "k", {2'777'777, 5}), all.substr(2'777'777, 5));
  ASSERT_TRUE(node.put(bucket, "k", "new"));
  node.collect();
  EXPECT_EQ(node.get(bucket, "k"), "new");
  EXPECT_EQ(node.rows(machine, kv::Family::kManifest), 0u);
  EXPECT_EQ(node.rows(machine, kv::Family::kBlockRef), 0u);
}

TEST_F(UploadTest, TheLastAttemptAtAPartCounts) {
  const Uuid upload = create();
  const auto old = part(upload, 1, noise(1, 20'000));
  const auto fresh = part(upload, 1, noise(2, 21'000));
  EXPECT_EQ(complete(upload, {{1, old->md5, {}}}).problem, CompleteProblem::kInvalidPart);
  const auto parts = node.run(node.objects->list_parts(bucket, "k", upload)).value();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].part.body.bytes, 21'000u);
  EXPECT_EQ(complete(upload, {{1, fresh->md5, {}}}).problem, CompleteProblem::kNone);
  node.collect();
  EXPECT_EQ(node.rows(machine, kv::Family::kBlockIndex), 3u);  // of the fresh one alone
}

TEST_F(UploadTest, RefusalsLeaveTheUploadOpen) {
  const Uuid upload = create();
  const auto p1 = part(upload, 1, noise(1, 4000)), p2 = part(upload, 2, noise(2, 4000));
  EXPECT_EQ(complete(upload, {{1, p1->md5, {}}, {2, p2->md5, {}}}).problem, CompleteProblem::kEntityTooSmall);
  EXPECT_EQ(complete(upload, {{2, p2->md5, {}}, {1, p1->md5, {}}}).problem, CompleteProblem::kInvalidPartOrder);
  EXPECT_EQ(complete(upload, {{9, p2->md5, {}}}).problem, CompleteProblem::kInvalidPart);
  auto sized = request(upload, {{2, p2->md5, {}}});
  sized.expected_bytes = 3999;
  EXPECT_EQ(node.run(node.objects->complete_upload(sized))->problem, CompleteProblem::kWrongSize);
  EXPECT_TRUE(node.run(node.objects->find_upload(bucket, "k", upload)));
  EXPECT_EQ(complete(upload, {{2, p2->md5, {}}}).problem, CompleteProblem::kNone);
}

TEST_F(UploadTest, CompletingTwiceAnswersTheSame) {
  const Uuid upload = create();
  const auto p1 = part(upload, 1, noise(1, 9000));
  const auto first = complete(upload, {{1, p1->md5, {}}});
  const auto second = complete(upload, {{1, p1->md5, {}}});
  EXPECT_EQ(second.problem, CompleteProblem::kNone);
  EXPECT_EQ(second.stored.etag, first.stored.etag);
  EXPECT_FALSE(node.run(node.objects->find_upload(bucket, "k", upload)));
  EXPECT_EQ(part(upload, 2, "late").error().kind, ErrorKind::kNotFound);
}

// The checksum of the copy is one of the whole. It follows from those of the parts where it can; only else is all read.
TEST_F(UploadTest, ACopyReadsNothingWhereThePartsTellTheChecksum) {
  using crypto::ChecksumAlgorithm;
  const std::string one = noise(1, 40'000), two = noise(2, 20'000), whole = one + two;
  for (const auto algorithm : {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c, ChecksumAlgorithm::kCrc64nvme,
                               ChecksumAlgorithm::kSha1, ChecksumAlgorithm::kSha256}) {
    const bool is_crc64 = algorithm == ChecksumAlgorithm::kCrc64nvme;
    const auto type = is_crc64 ? crypto::ChecksumType::kFullObject : crypto::ChecksumType::kComposite;
    const Uuid upload = node.run(node.objects->create_upload({bucket, "k", {}, "", algorithm, type}))->id;
    const auto p1 = part(upload, 1, one), p2 = part(upload, 2, two);
    ASSERT_EQ(complete(upload, {{1, p1->md5, {}}, {2, p2->md5, {}}}).problem, CompleteProblem::kNone);
    DigestsWanted wanted;
    wanted.want(algorithm);
    Digester digester(wanted);
    digester.update(whole);
    const std::string digest = digester.finish().of(algorithm);
    const auto copy = [&] {
      const auto source = node.run(node.objects->head(bucket, "k")).value();
      return node.run(node.objects->copy({*source, node.put_request(bucket, "to")}));
    };
    const bool is_sha = algorithm == ChecksumAlgorithm::kSha1 || algorithm == ChecksumAlgorithm::kSha256;
    for (const auto& volume : machine.volumes()) {
      ASSERT_TRUE(machine.disk.fail_reads("/data/volumes/" + volume, 0, UINT64_MAX / 2));
    }
    EXPECT_EQ(copy().has_value(), !is_sha) << static_cast<int>(algorithm);
    machine.disk.heal_reads();
    const auto copied = copy();
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(copied->checksums.at(0).bytes, digest) << static_cast<int>(algorithm);
    EXPECT_EQ(copied->checksums.at(0).type, crypto::ChecksumType::kFullObject);
    EXPECT_EQ(node.get(bucket, "to"), whole);
  }
}

// What began an upload under a condition may leave it to that; the Complete is judged by it where it has none.
TEST_F(UploadTest, ACompleteIsJudgedByWhatTheUploadBeganUnder) {
  const std::vector<std::pair<std::string, std::string>> conditions{{"if-match", "x"}, {"if-match", "y"}};
  UploadRequest begin{bucket, "k", {}, "GKwriter", {}, {}, conditions};
  const Uuid upload = node.run(node.objects->create_upload(begin))->id;
  EXPECT_EQ(node.run(node.objects->find_upload(bucket, "k", upload))->conditions, conditions);
  const auto p1 = part(upload, 1, "bytes");
  auto guarded = request(upload, {{1, p1->md5, {}}});
  const auto refuse = [](const CurrentObject*) -> Result<void> { return fail(ErrorKind::kPrecondition, "no"); };
  guarded.condition_of_upload = [&](const model::Upload& begun) -> WriteCondition {
    EXPECT_EQ(begun.conditions, conditions);
    return refuse;
  };
  EXPECT_EQ(node.run(node.objects->complete_upload(guarded)).error().kind, ErrorKind::kPrecondition);
  guarded.condition = [](const CurrentObject*) -> Result<void> { return {}; };
  EXPECT_EQ(node.run(node.objects->complete_upload(guarded))->problem, CompleteProblem::kNone);
}

Task<void> abort_into(Objects& objects, BucketRef bucket, Uuid upload, std::optional<Result<void>>& out) {
  out.emplace(co_await objects.abort_upload(bucket, "k", upload));
}

// The object's row comes first and the upload's own row after it; what is asked in between meets an upload that says it
// is open.
TEST_F(UploadTest, AnAbortBetweenTheCommitsOfACompleteComesTooLate) {
  const Uuid upload = create();
  const std::string large = noise(1, 20'000);
  const auto p1 = part(upload, 1, large), p2 = part(upload, 2, "tail");
  std::optional<Result<void>> aborted;
  runtime::TaskGroup aborting;
  auto guarded = request(upload, {{1, p1->md5, {}}, {2, p2->md5, {}}});
  guarded.condition = [&](const CurrentObject*) -> Result<void> {
    aborting.spawn(abort_into(*node.objects, bucket, upload, aborted));
    return {};
  };
  ASSERT_EQ(node.run(node.objects->complete_upload(guarded))->problem, CompleteProblem::kNone);
  node.node.loop.run();
  ASSERT_TRUE(aborted);
  EXPECT_TRUE(!*aborted && aborted->error().kind == ErrorKind::kNotFound);
  node.collect();
  EXPECT_TRUE(node.get(bucket, "k") == large + "tail");
}

struct HalfCompleted : UploadTest {
  const std::string large = noise(1, 20'000);
  const Uuid upload = create();
  const Result<StoredPart> p1 = part(upload, 1, large), p2 = part(upload, 2, "tail");
  const CompleteRequest completion = request(upload, {{1, p1->md5, {}}, {2, p2->md5, {}}});

  void SetUp() override {
    auto& pool = node.node.pool();
    pool.hold_back();
    std::optional<Result<Completed>> completed;
    node.node.start(node.objects->complete_upload(completion), completed);
    ASSERT_TRUE(pool.step()) << "the object's row";
    node.node.loop.run();
    machine.store.fail_next_writes(ErrorKind::kIo, 1);
    ASSERT_TRUE(pool.step()) << "the upload's row";
    pool.go_on();
    node.node.loop.run();
    ASSERT_TRUE(completed && !*completed);
    ASSERT_TRUE(node.run(node.objects->find_upload(bucket, "k", upload))) << "it still says that it is open";
  }
};

TEST_F(HalfCompleted, IsNotAborted) {
  EXPECT_EQ(node.run(node.objects->abort_upload(bucket, "k", upload)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(node.run(node.objects->abort_uploads(bucket, UINT64_MAX)), 0u);
  node.collect();
  EXPECT_TRUE(node.get(bucket, "k") == large + "tail");
}

TEST_F(HalfCompleted, IsNotCompletedAgainOverWhatCameSince) {
  ASSERT_TRUE(node.put(bucket, "k", "newer"));
  const auto again = node.run(node.objects->complete_upload(completion));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->stored.etag.parts, 2u);
  EXPECT_TRUE(node.get(bucket, "k") == "newer");
  node.collect();
  EXPECT_TRUE(node.get(bucket, "k") == "newer");
  ASSERT_TRUE(node.remove(bucket, "k"));
  expect_no_upload_left();
}

// As an earlier program left it: the abort knew of no parts that had been kept.
TEST_F(HalfCompleted, KeepsItsPartsWhereItWasAbortedAllTheSame) {
  std::string key;
  {
    auto rows = machine.store.iterate(kv::Family::kQueue, {});
    rows->seek("u");
    ASSERT_TRUE(rows->valid());
    key = rows->key();
  }
  kv::Batch batch;
  batch.put(kv::Family::kQueue, key, encode_upload_entry(key, {false, node.clock.unix_ms, {}, {}}));
  ASSERT_TRUE(machine.store.write(batch, kv::Durability::kSynced));
  node.collect();
  EXPECT_TRUE(node.get(bucket, "k") == large + "tail");
}

TEST_F(UploadTest, AFalseConditionLeavesTheUploadOpen) {
  ASSERT_TRUE(node.put(bucket, "k", "there"));
  const Uuid upload = create();
  const auto p1 = part(upload, 1, noise(1, 9000));
  auto guarded = request(upload, {{1, p1->md5, {}}});
  guarded.condition = [](const CurrentObject* current) -> Result<void> {
    if (current == nullptr) return {};
    return fail(ErrorKind::kPrecondition, "exists");
  };
  EXPECT_EQ(node.run(node.objects->complete_upload(guarded)).error().kind, ErrorKind::kPrecondition);
  EXPECT_EQ(node.get(bucket, "k"), "there");
  ASSERT_TRUE(node.remove(bucket, "k"));
  EXPECT_EQ(node.run(node.objects->complete_upload(guarded))->problem, CompleteProblem::kNone);
  EXPECT_EQ(node.get(bucket, "k"), noise(1, 9000));
}

TEST_F(UploadTest, AllOpenUploadsOfABucketCanBeAborted) {
  for (int i = 0; i < 3; ++i) {
    const Uuid upload = create();
    ASSERT_TRUE(part(upload, 1, noise(1, 9000)));
  }
  EXPECT_EQ(node.run(node.objects->abort_uploads(bucket, 0)), 0u);
  EXPECT_EQ(node.run(node.objects->abort_uploads(bucket, UINT64_MAX)), 3u);
  expect_no_upload_left();
}

TEST_F(UploadTest, AbortGivesTheSpaceBack) {
  const Uuid upload = create();
  ASSERT_TRUE(part(upload, 1, noise(1, 400'000)));
  ASSERT_TRUE(part(upload, 2, "small"));
  EXPECT_EQ(node.run(node.objects->usage(bucket.id))->unfinished_uploads, 1u);
  ASSERT_TRUE(node.run(node.objects->abort_upload(bucket, "k", upload)));
  EXPECT_EQ(node.run(node.objects->abort_upload(bucket, "k", upload)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(part(upload, 3, noise(3, 20'000)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(node.run(node.objects->usage(bucket.id))->unfinished_uploads, 0u);
  expect_no_upload_left();
}

TEST_F(UploadTest, UploadsAreListedByKeyAndTime) {
  std::vector<std::string> want;
  for (const char* key : {"b", "a/1", "a/2", "c"}) {
    for (int i = 0; i < 2; ++i) {
      node.clock.unix_ms += 10;
      create(key);
    }
  }
  UploadQuery query;
  query.bucket = bucket.id;
  query.spread = bucket.spread;
  auto page = node.run(node.objects->list_uploads(query)).value();
  std::vector<std::string> keys;
  for (const auto& upload : page.uploads) keys.push_back(upload.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"a/1", "a/1", "a/2", "a/2", "b", "b", "c", "c"}));
  EXPECT_LT(page.uploads[0].initiated_ms, page.uploads[1].initiated_ms);

  query.items_max = 3;
  std::vector<Uuid> paged;
  for (int pages = 0; pages < 10; ++pages) {
    auto some = node.run(node.objects->list_uploads(query)).value();
    for (const auto& upload : some.uploads) paged.push_back(upload.id);
    if (!some.truncated) break;
    query.key_marker = some.next_key_marker;
    query.upload_marker = some.next_upload_marker;
  }
  ASSERT_EQ(paged.size(), 8u);
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(paged[i], page.uploads[i].id);

  // The page's last upload ends before the next page is asked for.
  for (const size_t last : {0u, 2u}) {
    const Uuid ended = page.uploads[last].id;
    const std::string key = page.uploads[last].key;
    query.key_marker = key;
    query.upload_marker = ended;
    if (last == 0) {
      StringSource source("body");
      const auto part = node.run(node.objects->put_part({bucket, key, ended, 1, {}, {}}, source));
      CompleteRequest completion = request(ended, {{1, part->md5, {}}});
      completion.key = key;
      ASSERT_TRUE(node.run(node.objects->complete_upload(completion)));
    } else {
      ASSERT_TRUE(node.run(node.objects->abort_upload(bucket, key, ended)));
    }
    node.collect();
    const auto next = node.run(node.objects->list_uploads(query)).value().uploads;
    ASSERT_EQ(next.size(), 3u);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(next[i].id, page.uploads[last + 1 + i].id);
  }

  UploadQuery rolled;
  rolled.bucket = bucket.id;
  rolled.spread = bucket.spread;
  rolled.delimiter = "/";
  auto with_prefix = node.run(node.objects->list_uploads(rolled)).value();
  EXPECT_EQ(with_prefix.common_prefixes, std::vector<std::string>{"a/"});
  EXPECT_EQ(with_prefix.uploads.size(), 4u);
}

}  // namespace
}  // namespace garage::object

// What a bucket holds and how it changes: put, get, list, copy, delete, multipart. Every front (S3, website, lifecycle)
// calls this; it knows nothing of HTTP. One operation, one file.
//
// Ownership: the program owns one Objects and stops it before the block store and the commit queue. Threads: any loop;
// an operation stays on the loop it was started on. Durability: a write that returned ok is on the device (unless the
// node runs relaxed). Memory: bodies stream; at most `upload_window_bytes` of one upload and `ram_buffer_bytes_max` of
// all are held.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "block/block_store.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "model/bucket.hpp"
#include "model/fwd.hpp"
#include "model/object_version.hpp"
#include "model/upload.hpp"
#include "object/byte_source.hpp"
#include "object/digests.hpp"
#include "object/listing.hpp"
#include "runtime/task.hpp"
#include "runtime/worker.hpp"
#include "table/register.hpp"

namespace garage::object {

struct Cluster;
struct Core;

struct ObjectOptions {
  size_t block_bytes = 1u << 20;
  size_t inline_bytes_max = 16u << 10;
  size_t upload_window_bytes = 8u << 20;       // blocks of one upload being hashed and written
  size_t ram_buffer_bytes_max = 256u << 20;    // block buffers of all uploads together, and of all answers
  size_t hash_on_loop_bytes_max = 256u << 10;  // longer pieces are hashed on the compute pool
  uint64_t part_bytes_min = 5u << 20;          // of every part but the last
  // On several nodes: how long replaced bytes are kept for those who are reading them, and how much longer the second
  // and third replica of a row wait before they do the first one's work.
  Duration collect_grace = std::chrono::minutes(5);
  Duration collect_turn = std::chrono::minutes(1);
};

// The bucket as far as objects care.
struct BucketRef {
  BucketId id;
  uint32_t spread = 8;
  model::Quotas quotas = {};
  static BucketRef of(const model::Bucket& bucket) { return {bucket.id, bucket.spread, bucket.quotas}; }
};

// A current object, as read.
struct Object {
  Uuid uuid;
  uint64_t modified_ms = 0;
  model::ObjectVersion version;
  std::string row_key = {};
};

// What a condition on a write may look at.
struct CurrentObject {
  model::ETag etag;
  uint64_t bytes = 0;
  uint64_t modified_ms = 0;
};
// Judged at commit, under the fence. `current` is null where there is no object. kPrecondition: false. kNotFound: false
// since absent.
using WriteCondition = std::function<Result<void>(const CurrentObject* current)>;

// Runs when the whole body has been read and hashed, before anything becomes visible; an error gives the write up.
using BodyCheck = std::function<Result<void>(const Digests& digests)>;

struct PutRequest {
  BucketRef bucket;
  std::string key;
  std::vector<std::pair<std::string, std::string>> headers;  // see ObjectVersion::headers
  std::string writer;
  DigestsWanted digests;
  // Which checksum to store and show; nullopt stores CRC64NVME.
  std::optional<crypto::ChecksumAlgorithm> checksum;
  BodyCheck check;           // may be empty
  WriteCondition condition;  // may be empty: a plain write
};

struct Stored {
  Uuid uuid;
  uint64_t bytes = 0;
  uint64_t modified_ms = 0;
  model::ETag etag;
  std::vector<model::Checksum> checksums;
};

struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = UINT64_MAX;  // clamped to the object
};

// Streams a body. The version it was opened for stays readable to the end, whatever is written meanwhile.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  // Verified bytes in order; empty at the end.
  virtual Task<Result<Buffer>> next() = 0;
};

struct UploadRequest {
  BucketRef bucket;
  std::string key;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string initiator;
  std::optional<crypto::ChecksumAlgorithm> checksum_algorithm;
  crypto::ChecksumType checksum_type = crypto::ChecksumType::kComposite;
  std::vector<std::pair<std::string, std::string>> conditions = {};  // see Upload::conditions
};

struct PartRequest {
  BucketRef bucket;
  std::string key;
  Uuid upload;
  uint32_t number = 0;
  DigestsWanted digests;
  BodyCheck check;
};
struct StoredPart {
  model::Md5Bytes md5{};
  uint64_t bytes = 0;
  uint64_t modified_ms = 0;
  std::optional<model::Checksum> checksum;  // of the upload's algorithm
};

struct CompletePart {
  uint32_t number = 0;
  std::optional<model::Md5Bytes> md5;      // nullopt: the client's ETag can't be one of ours
  std::vector<model::Checksum> checksums;  // that the client expects, of whatever algorithms
};
struct CompleteRequest {
  BucketRef bucket;
  std::string key;
  Uuid upload;
  std::vector<CompletePart> parts;
  std::optional<uint64_t> expected_bytes;
  std::optional<model::Checksum> expected_checksum;  // of the whole object
  std::optional<crypto::ChecksumType> expected_type = {};
  WriteCondition condition;  // may be empty, then:
  std::function<WriteCondition(const model::Upload& upload)> condition_of_upload = {};
};
// Why a Complete was refused, beyond kNotFound (no such upload), kPrecondition: `Completed` says which, and about what.
enum class CompleteProblem {
  kNone,
  kInvalidPart,
  kInvalidPartOrder,
  kEntityTooSmall,
  kBadDigest,
  kOtherChecksum,      // the whole is known by a checksum of another algorithm than the expected one
  kOtherChecksumType,  // ... or by one of another type
  kWrongSize
};
struct Completed {
  CompleteProblem problem = CompleteProblem::kNone;
  std::string problem_detail;
  Stored stored;  // unless there was a problem
};

struct RemoveRequest {
  BucketRef bucket;
  std::string key;
  WriteCondition condition;  // may be empty
};

struct CopyRequest {
  Object source;      // as read by head(); its blocks are shared, its bytes never travel
  PutRequest target;  // digests and check are not used
};

using VersionEdit = std::function<Result<void>(model::ObjectVersion& version)>;

struct BucketUsage {
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t unfinished_uploads = 0;
};

// What the owner of a block's reference is.
struct BlockOwner {
  BucketId bucket;
  std::string key;           // of the object
  Uuid upload;               // of a part; zero: the version of an object
  bool named = false;        // by the object as it is now
  bool upload_open = false;  // the part's upload is under way
  std::string object_row = {}, upload_row = {};
};

class Objects {
 public:
  // `make_register` builds the register of a schema (local or replicated).
  using MakeRegister = std::function<std::unique_ptr<table::Register>(table::Schema&)>;
  static std::unique_ptr<Objects> create(env::Env env, kv::Store& store, kv::CommitQueue& commits,
                                         block::BlockStore& blocks, const MakeRegister& make_register,
                                         ObjectOptions options);
  ~Objects();
  // This node is one of several, or may become so. Before the first operation.
  void join(Cluster cluster);

  // put.cpp. kOverloaded, kNoSpace; errors of the source and of the check; kNotFound where the bucket is gone at
  // commit.
  Task<Result<Stored>> put(PutRequest request, ByteSource& body);
  // get.cpp. nullopt: no such object.
  Task<Result<std::optional<Object>>> head(BucketRef bucket, std::string key);
  Task<Result<std::unique_ptr<ObjectReader>>> open(BucketRef bucket, std::string key, Object object, ByteRange range);
  // All parts of a multipart object, also those in pages.
  Task<Result<std::vector<model::ObjectPart>>> parts_of(Object object);
  // remove.cpp. Removing what is not there is ok.
  Task<Result<void>> remove(RemoveRequest request);
  // edit.cpp. kNotFound: no such object. `edit` sees the current version and may be called again; it must not change
  // bytes or ETag.
  Task<Result<void>> edit(BucketRef bucket, std::string key, VersionEdit edit);
  // copy.cpp. kNotFound where the source vanished meanwhile.
  Task<Result<Stored>> copy(CopyRequest request);
  // list.cpp
  Task<Result<ListPage>> list(ListQuery query);
  // bucket_end.cpp. kExists where the bucket holds objects. What is returned goes into the commit that removes the
  // bucket's row, and keeps watch until then: kExists there where an object came meanwhile. Null: several nodes have no
  // common commit.
  Task<Result<std::shared_ptr<table::CommitExtra>>> require_empty(BucketRef bucket);
  // The bucket with its names and open uploads, if it is empty. kExists: it is not. kConflict: somebody
  // else was deleting it.
  Task<Result<void>> delete_bucket(model::Settings& settings, BucketRef bucket);
  // A step of it where several nodes keep objects, once Settings::begin_deletion() has returned attempt and row. Ok:
  // the bucket is empty, and clients cannot write into it while its row says so. `renew`: Settings::renew_deletion().
  Task<Result<void>> close_bucket(BucketRef bucket, Uuid attempt, std::string row,
                                  std::function<Task<Result<void>>()> renew);
  // How many there were.
  Task<Result<uint64_t>> abort_uploads(BucketRef bucket, uint64_t initiated_before_ms);
  // Of `ram_buffer_bytes_max`, what no upload holds. On any thread.
  uint64_t ram_buffer_free_bytes() const;
  // usage.cpp. On several nodes: by what all of them count; exact once they are equal, an estimate while one is away.
  Task<Result<BucketUsage>> usage(BucketId bucket);

  // upload_*.cpp. kNotFound: no such upload (or aborted, or of another object).
  Task<Result<model::Upload>> create_upload(UploadRequest request);
  Task<Result<model::Upload>> find_upload(BucketRef bucket, std::string key, Uuid upload);
  Task<Result<StoredPart>> put_part(PartRequest request, ByteSource& body);
  // The latest attempt of each number, ascending.
  Task<Result<std::vector<model::PartAttempt>>> list_parts(BucketRef bucket, std::string key, Uuid upload);
  Task<Result<Completed>> complete_upload(CompleteRequest request);
  Task<Result<void>> abort_upload(BucketRef bucket, std::string key, Uuid upload);
  Task<Result<UploadPage>> list_uploads(UploadQuery query);

  // block_owner.cpp. By the reference's backlink and upload.
  Task<Result<BlockOwner>> owner_of(Uuid owner, std::string backlink, Uuid upload);
  // Its blocks are lost for good: the object is deleted, the upload aborted.
  Task<Result<void>> give_up(BlockOwner owner);

  // Background work on the current loop: returns the space of what was replaced, deleted or aborted, and old
  // tombstones. Runs until stop().
  void start_collector();
  const runtime::WorkerNotes& collector_notes() const;
  // Waits for reads ahead and the collector; call on each loop that used this, the loop of start_collector() last.
  Task<void> stop();
  // Another replica of the row has judged this entry of the queue ('d' and a uuid); for the Service.
  Task<Result<void>> forget_dead(std::string entry_key);
  // What the rows of this node add up to, as encode_usage() writes it; for the Service.
  Task<Result<std::string>> encoded_local_usage(BucketId bucket);
  // Another node deletes a bucket; for the Service.
  Task<Result<std::string>> answer_close(std::string encoded);
  // One round of it, for tests; returns the number of entries done.
  Task<Result<size_t>> collect_once();

 private:
  explicit Objects(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace garage::object

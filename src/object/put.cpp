// PUT: read and store the body, let the caller check its digests, make it durable, install the row.
#include <utility>

#include "object/body_writer.hpp"
#include "object/commit_body.hpp"
#include "object/core.hpp"
#include "object/write_object.hpp"

namespace garage::object {

Task<Result<Stored>> Objects::put(PutRequest request, ByteSource& body) {
  Core& core = *core_;
  request.digests.want(request.checksum.value_or(crypto::ChecksumAlgorithm::kCrc64nvme));
  ObjectWrite write;
  write.row_key = object_key(request.bucket, request.key);
  write.bucket = request.bucket;
  write.uuid = core.env.random.id<Uuid>();
  auto outgoing = core.begin_blocks(write.uuid, write.row_key, Uuid{});
  const bool replicated = outgoing != nullptr;
  CO_TRY(StoredBody stored, co_await write_body(core, body, request.digests, std::move(outgoing)));
  if (request.check) CO_CHECK_OK(request.check(stored.digests));
  CO_TRY(write.settled, co_await settle_body(core, request.bucket.id, stored, replicated));

  write.version.bytes = stored.digests.bytes;
  write.version.etag = {stored.digests.md5, 0};
  write.version.checksums = checksums_to_keep(stored.digests, request.checksum);
  write.version.headers = std::move(request.headers);
  write.version.writer = std::move(request.writer);
  auto commit =
      std::make_shared<CommitBody>(core, request.bucket.id, write.uuid, write.row_key, Uuid{}, std::move(stored));
  write.version.body = commit->place();
  write.companions = commit->companions();
  write.condition = std::move(request.condition);
  if (!replicated) write.extra = std::move(commit);
  co_return co_await write_object(core, std::move(write));
}

}  // namespace garage::object

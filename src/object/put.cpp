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
  CO_TRY(StoredBody stored, co_await write_body(core, body, request.digests));
  if (request.check) CO_CHECK_OK(request.check(stored.digests));
  if (!stored.holds.empty()) CO_CHECK_OK(co_await core.blocks.sync());

  ObjectWrite write;
  write.row_key = object_key(request.bucket, request.key);
  write.bucket = request.bucket;
  write.uuid = core.env.random.id<Uuid>();
  write.version.bytes = stored.digests.bytes;
  write.version.etag = {stored.digests.md5, 0};
  write.version.checksums = checksums_to_keep(stored.digests, request.checksum);
  write.version.headers = std::move(request.headers);
  write.version.writer = std::move(request.writer);
  auto commit = std::make_shared<CommitBody>(request.bucket.id, write.uuid, write.row_key, Uuid{}, std::move(stored));
  write.version.body = commit->place();
  write.companions = commit->companions();
  write.condition = std::move(request.condition);
  write.extra = std::move(commit);
  co_return co_await write_object(core, std::move(write));
}

}  // namespace garage::object

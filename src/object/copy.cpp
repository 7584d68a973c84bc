// COPY: the new version references the blocks of the source; small bodies are copied. The bytes travel only where a
// checksum has to be computed that the source does not have, nor do its parts.
#include <algorithm>
#include <utility>

#include "crypto/digest.hpp"
#include "object/body_cursor.hpp"
#include "object/body_writer.hpp"
#include "object/commit_body.hpp"
#include "object/core.hpp"
#include "object/part_list.hpp"
#include "object/reader.hpp"
#include "object/write_object.hpp"
#include "runtime/pool.hpp"

namespace garage::object {
namespace {

// Which full-object checksum the copy carries, and whether the source has it already.
struct ChecksumPlan {
  crypto::ChecksumAlgorithm algorithm;
  std::optional<model::Checksum> known;
};

ChecksumPlan plan_checksum(const model::ObjectVersion& source, const std::vector<model::ObjectPart>& parts,
                           std::optional<crypto::ChecksumAlgorithm> asked) {
  auto algorithm = asked.value_or(source.checksums.empty() ? crypto::ChecksumAlgorithm::kCrc64nvme
                                                           : source.checksums.front().algorithm);
  for (const auto& checksum : source.checksums) {
    if (checksum.algorithm == algorithm && checksum.type == crypto::ChecksumType::kFullObject)
      return {algorithm, checksum};
  }
  if (parts.empty()) return {algorithm, std::nullopt};
  return {algorithm, object_checksum(parts, algorithm, crypto::ChecksumType::kFullObject)};
}

Task<Result<model::Checksum>> digest_of(Core& core, std::unique_ptr<ObjectReader> reader,
                                        crypto::ChecksumAlgorithm algorithm) {
  DigestsWanted wanted;
  wanted.crc64nvme = false;
  wanted.md5 = false;
  wanted.want(algorithm);
  Digester digester(wanted);
  for (;;) {
    CO_TRY(const Buffer buffer, co_await reader->next());
    if (buffer.empty()) {
      co_return model::Checksum{algorithm, crypto::ChecksumType::kFullObject, digester.finish().of(algorithm)};
    }
    (void)co_await runtime::run_on(core.env.pools.compute, [&digester, &buffer] {
      digester.update(buffer.view());
      return true;
    });
  }
}

// The blocks of all bodies in a row. Small parts among them become blocks of their own.
Task<Result<StoredBody>> share_blocks(Core& core, std::string row_key, std::vector<model::BodyPlace> bodies,
                                      uint64_t bytes, std::shared_ptr<block::Outgoing> outgoing) {
  StoredBody out;
  out.outgoing = outgoing;
  out.digests.bytes = bytes;
  const bool regular = bodies.size() == 1;
  out.block_bytes = regular ? bodies.front().block_bytes : 0;
  BodyCursor cursor(core, std::move(row_key), std::move(bodies), 0, bytes);
  for (;;) {
    CO_TRY(const auto piece, co_await cursor.next());
    if (!piece) co_return out;
    if (piece->inline_owner.is_zero()) {
      out.blocks.push_back({piece->hash, static_cast<uint32_t>(piece->length)});
      if (outgoing) {
        outgoing->share(piece->hash);
      } else {
        out.shared.push_back(piece->hash);
      }
      continue;
    }
    CO_TRY(Buffer buffer, co_await read_piece(core, *piece));
    BlockHash hash;
    hash.bytes = crypto::sha256(buffer.view());
    out.blocks.push_back({hash, static_cast<uint32_t>(buffer.size())});
    if (outgoing) {
      CO_CHECK_OK(co_await outgoing->put(hash, std::move(buffer)));
      continue;
    }
    CO_TRY(auto hold, co_await core.blocks.put(hash, std::move(buffer)));
    out.holds.push_back(std::move(hold));
  }
}

}  // namespace

Task<Result<Stored>> Objects::copy(CopyRequest request) {
  Core& core = *core_;
  const auto pin = core.pins.pin(request.source.version.origin_or(request.source.uuid));
  const model::ObjectVersion source = request.source.version;
  std::vector<model::ObjectPart> parts;
  std::vector<model::BodyPlace> bodies;
  if (source.is_multipart()) {
    CO_TRY(parts, co_await parts_of(request.source));
    for (const auto& part : parts) bodies.push_back(part.body);
  } else {
    bodies.push_back(source.body);
  }

  ChecksumPlan plan = plan_checksum(source, parts, request.target.checksum);
  if (!plan.known) {
    BodyCursor cursor(core, request.source.row_key, bodies, 0, source.bytes);
    auto reader = make_block_reader(core, std::move(cursor), core.pins.pin(source.origin_or(request.source.uuid)));
    CO_TRY(plan.known, co_await digest_of(core, std::move(reader), plan.algorithm));
  }

  ObjectWrite write;
  write.row_key = object_key(request.target.bucket, request.target.key);
  write.bucket = request.target.bucket;
  write.uuid = core.env.random.id<Uuid>();
  auto outgoing = core.begin_blocks(write.uuid, write.row_key, Uuid{});
  const bool replicated = outgoing != nullptr;
  StoredBody body;
  if (bodies.size() == 1 && bodies.front().is_inline) {
    CO_TRY(auto bytes,
           co_await core.beside(request.source.row_key, kv::Family::kInline, std::string(bodies.front().owner.view())));
    if (!bytes) co_return fail(ErrorKind::kNotFound, "the source was deleted meanwhile");
    body.digests.bytes = bytes->size();
    body.is_inline = true;
    body.inline_bytes = std::move(*bytes);
  } else {
    CO_TRY(body,
           co_await share_blocks(core, request.source.row_key, std::move(bodies), source.bytes, std::move(outgoing)));
  }
  CO_TRY(write.settled, co_await settle_body(core, request.target.bucket.id, body, replicated));

  write.version.bytes = source.bytes;
  write.version.etag = source.etag;
  write.version.checksums = {*plan.known};
  write.version.headers = std::move(request.target.headers);
  write.version.writer = std::move(request.target.writer);
  auto commit =
      std::make_shared<CommitBody>(core, request.target.bucket.id, write.uuid, write.row_key, Uuid{}, std::move(body));
  write.version.body = commit->place();
  write.companions = commit->companions();
  write.condition = std::move(request.target.condition);
  if (!replicated) write.extra = std::move(commit);
  co_return co_await write_object(core, std::move(write));
}

}  // namespace garage::object

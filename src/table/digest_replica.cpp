#include "table/digest_replica.hpp"

#include <utility>

#include "table/partition_walk.hpp"

namespace garage::table {
namespace {

constexpr size_t kKeyBytesMax = 1u << 20;  // in one answer

}  // namespace

Task<Result<DigestAnswer>> DigestReplica::read(DigestRequest request) {
  if (!tables_[static_cast<size_t>(request.family)]) co_return fail(ErrorKind::kUnsupported, "no digests of that");
  co_return co_await runtime::run_on(disk_, [this, &request] { return look(request); });
}

Task<Result<std::string>> DigestReplica::answer(std::string payload) {
  CO_TRY(auto request, decode_digest_request(payload));
  CO_TRY(const auto told, co_await read(std::move(request)));
  co_return encode_digest_answer(told);
}

Result<DigestAnswer> DigestReplica::look(const DigestRequest& request) {
  if (request.level == DigestLevel::kKeys) return look_at_keys(request);
  DigestAnswer out;
  for (const Partition partition : request.partitions) {
    TRY(const auto grid, keeper_.grid(request.family, partition));
    if (!grid) return DigestAnswer();
    if (request.level == DigestLevel::kGrid) {
      out.sums.assign(grid->begin(), grid->end());
    } else {
      DigestSum root;
      for (const DigestSum& sum : *grid) root.add(sum);
      out.sums.push_back(root);
    }
  }
  out.ready = true;
  return out;
}

// A row that cannot be read is left out, so that another node offers it.
Result<DigestAnswer> DigestReplica::look_at_keys(const DigestRequest& request) {
  DigestAnswer out;
  out.ready = true;
  size_t bytes = 0;
  const VersionedRows& rows = *tables_[static_cast<size_t>(request.family)];
  PartitionWalk walk(store_, request.family, request.partitions.front(), request.behind);
  for (; walk.valid(); walk.next()) {
    if ((request.buckets >> digest_bucket_of(walk.key()) & 1) == 0) continue;
    if (out.keys.size() == kDigestKeysMax || bytes > kKeyBytesMax) {
      out.more = true;
      break;
    }
    const auto version = rows.version_of(walk.key(), walk.value());
    if (!version) continue;
    bytes += walk.key().size() + 32;
    out.keys.push_back({std::string(walk.key()), *version});
  }
  CHECK_OK(walk.status());
  return out;
}

}  // namespace garage::table

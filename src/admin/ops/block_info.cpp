// GetBlockInfo, PurgeBlocks
#include <fmt/format.h>

#include "admin/fields.hpp"
#include "admin/node_select.hpp"
#include "admin/search.hpp"
#include "block/lookup.hpp"
#include "runtime/pool.hpp"

namespace garage::admin {
namespace {

constexpr size_t kReferencesMax = 10'000;
constexpr size_t kPrefixDigitsMin = 4;
constexpr size_t kBlocksPurgedMax = 1000;

struct References {
  std::vector<block::OwnedReference> found;
  bool cut_off = false;  // there are more
};

Task<AdminResult<References>> references_of(Context& context, BlockHash hash) {
  CO_ADMIN_TRY(auto found, co_await runtime::run_on(context.env.pools.disk, [&context, &hash] {
                 return block::references_of(context.store, hash, kReferencesMax + 1);
               }));
  References out{.found = std::move(found)};
  out.cut_off = out.found.size() > kReferencesMax;
  if (out.cut_off) out.found.pop_back();
  co_return out;
}

Task<AdminResult<BlockHash>> block_meant(Context& context, std::string prefix) {
  prefix = lower(prefix);
  if (prefix.size() < kPrefixDigitsMin) co_return invalid_request("at least 4 hex digits of a block hash are needed");
  auto found = co_await runtime::run_on(context.env.pools.disk,
                                        [&context, &prefix] { return block::find_blocks(context.store, prefix, 2); });
  if (!found && found.error().kind == ErrorKind::kInvalid) co_return invalid_request("not the beginning of a hash");
  CO_ADMIN_CHECK_OK(found);
  if (found->empty()) co_return admin_fail("NoSuchBlock", 404, "Block not found: " + prefix);
  if (found->size() > 1) co_return invalid_request("several blocks begin with " + prefix);
  co_return found->front();
}

Json backlink_json(const object::BlockOwner& owner) {
  if (owner.upload.is_zero()) {
    return Json::object({{"object", Json::object({{"bucketId", owner.bucket.hex()}, {"key", owner.key}})}});
  }
  return Json::object({{"upload", Json::object({{"uploadId", owner.upload.hex()},
                                                {"uploadDeleted", !owner.upload_open},
                                                {"uploadGarbageCollected", false},
                                                {"bucketId", owner.bucket.hex()},
                                                {"key", owner.key}})}});
}

Task<Reply> info_here(Context& context, Json request) {
  CO_ADMIN_TRY(const auto prefix, Fields(request).required_text("blockHash"));
  CO_ADMIN_TRY(const BlockHash hash, co_await block_meant(context, prefix));
  CO_ADMIN_TRY(const auto references, co_await references_of(context, hash));
  Json versions = Json::array();
  for (const auto& [owner, reference] : references.found) {
    const auto of = co_await context.objects.owner_of(owner, reference.backlink, reference.upload);
    versions.push_back(Json::object({{"versionId", owner.hex()},
                                     {"refDeleted", false},
                                     {"versionDeleted", of && !of->named && !of->upload_open},
                                     {"garbageCollected", false},
                                     {"backlink", of ? backlink_json(*of) : Json()}}));
  }
  Json out = Json::object(
      {{"blockHash", hash.hex()}, {"refcount", references.found.size()}, {"versions", std::move(versions)}});
  if (references.cut_off) out.set("cutOff", true);
  co_return out;
}

struct Purged {
  uint64_t blocks = 0, objects = 0, uploads = 0, versions = 0, references = 0;
  bool cut_off = false;
};

// The references go by themselves, once it is sure that nothing needs them any more.
Task<AdminResult<void>> purge(Context& context, BlockHash hash, Purged& purged) {
  CO_ADMIN_TRY(const auto references, co_await references_of(context, hash));
  if (references.found.empty()) co_return AdminResult<void>();  // not this node's
  for (const auto& [owner, reference] : references.found) {
    CO_ADMIN_TRY(auto of, co_await context.objects.owner_of(owner, reference.backlink, reference.upload));
    purged.objects += of.named ? 1 : 0;
    purged.uploads += of.upload_open ? 1 : 0;
    purged.versions += of.named || of.upload_open ? 1 : 0;
    CO_ADMIN_CHECK_OK(co_await context.objects.give_up(std::move(of)));
  }
  purged.references += references.found.size();
  purged.cut_off |= references.cut_off;
  ++purged.blocks;
  co_return AdminResult<void>();
}

Task<Reply> purge_here(Context& context, Json request) {
  const Json* body = request.find("body");
  const Json::Array* list = body != nullptr ? body->as_array() : request.as_array();
  if (list == nullptr || list->empty() || list->size() > kBlocksPurgedMax) {
    co_return invalid_request("expected a list of up to 1000 block hashes");
  }
  std::vector<BlockHash> hashes;
  for (const Json& item : *list) {
    const auto hash = BlockHash::from_hex(item.as_string().value_or(""));
    if (!hash) co_return invalid_request("expected whole block hashes");
    hashes.push_back(*hash);
  }
  Purged purged;
  for (const BlockHash& hash : hashes) CO_ADMIN_CHECK_OK(co_await purge(context, hash, purged));
  if (purged.blocks == 0) {
    co_return admin_fail("NoSuchBlock", 404,
                         "this node knows of nothing that needs these blocks: ask one that keeps them");
  }
  Json out = Json::object({{"blocksPurged", purged.blocks},
                           {"objectsDeleted", purged.objects},
                           {"uploadsDeleted", purged.uploads},
                           {"versionsDeleted", purged.versions},
                           {"blockRefsPurged", purged.references}});
  if (purged.cut_off) out.set("cutOff", true);
  co_return out;
}

}  // namespace

Task<Reply> get_block_info(Context& context, Json request) {
  return on_nodes(context, std::move(request), "GetBlockInfo", info_here);
}
Task<Reply> purge_blocks(Context& context, Json request) {
  return on_nodes(context, std::move(request), "PurgeBlocks", purge_here);
}

}  // namespace garage::admin

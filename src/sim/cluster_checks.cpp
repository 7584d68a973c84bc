#include "sim/cluster_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/hex.hpp"
#include "block/reference.hpp"
#include "model/object_version.hpp"
#include "table/row.hpp"

namespace garage::sim {
namespace {

constexpr size_t kDifferencesMax = 8;

std::string short_hex(std::string_view bytes) {
  return to_hex(bytes.substr(0, 6));
}

Task<Result<object::BucketUsage>> count(daemon::Node* node, BucketId bucket) {
  auto context = node->admin_context();
  co_return co_await context.objects.usage(bucket);
}

// The first of these blocks that cannot be read whole.
Task<std::string> first_unreadable(daemon::Node* node, std::vector<BlockHash> hashes) {
  auto context = node->admin_context();
  for (const auto& hash : hashes) {
    const auto bytes = co_await context.blocks.read(hash, 0, UINT64_MAX);
    if (!bytes) co_return short_hex(hash.view()) + ": " + bytes.error().message;
  }
  co_return std::string();
}

}  // namespace

void ClusterChecks::differ(std::string what) {
  if (differences_.size() < kDifferencesMax) differences_.push_back(std::move(what));
}

bool ClusterChecks::layout_is_settled() {
  std::optional<layout::LayoutHash> first;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
    if (!cluster_.is_up(i)) return false;
    const auto known = cluster_.member(i).node->admin_context().layout.snapshot();
    if (known->history.settled != known->history.newest()) return false;
    if (first && known->digest != *first) return false;
    first = known->digest;
  }
  return true;
}

std::vector<std::string> ClusterChecks::differences() {
  differences_.clear();
  references_.clear();
  beside_.clear();
  owners_.clear();
  objects_ = bytes_ = 0;
  const auto known = cluster_.member(0).node->admin_context().layout.snapshot();
  placement_ = std::make_unique<daemon::LayoutPlacement>(cluster_.member(0).id);
  placement_->show(known->history, layout::enterable_stage(known->history));
  for (const kv::Family family : {kv::Family::kSettings, kv::Family::kObject, kv::Family::kUpload}) {
    look_at_rows(family);
  }
  if (cluster_.scenario().rows_only) return differences_;
  look_at_blocks();
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) look_at_left_overs(i);
  return differences_;
}

ClusterChecks::Names ClusterChecks::keys_of(NodeIndex index, kv::Family family) {
  Names out;
  auto rows = cluster_.member(index).store->iterate(family, {});
  for (rows->seek(""); rows->valid(); rows->next()) out.emplace(rows->key());
  return out;
}

void ClusterChecks::look_at_rows(kv::Family family) {
  daemon::LayoutPlacement::Rows placement(*placement_, family);
  Names keys;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) keys.merge(keys_of(i, family));
  for (const auto& key : keys) {
    std::map<std::string, std::string> nodes_of;  // by value
    for (const NodeId& id : table::union_of(placement.sets_for(key).write)) {
      const auto index = cluster_.index_of(id);
      if (!index) continue;
      const auto row = cluster_.member(*index).store->get(family, key);
      nodes_of[row ? row->value_or("") : "?"] += fmt::format(" {}", *index);
    }
    if (nodes_of.size() > 1) {
      std::string who;
      for (const auto& [value, nodes] : nodes_of) {
        const auto row = table::decode_row(key, value);
        who += fmt::format(" [{}:{}]", nodes,
                           value.empty() ? " nothing"
                           : row ? fmt::format(" ord {}.{} {} bytes", row->ord.hybrid_ms, row->ord.tie, value.size())
                                 : " undecodable");
      }
      differ(fmt::format("{} row {} '{}' differs:{}", kv::family_name(family), short_hex(key),
                         key.size() > 34 ? key.substr(34) : "", who));
    }
    const std::string& value = nodes_of.rbegin()->first;
    if (family == kv::Family::kObject && !value.empty()) name_bytes_of(key, value);
  }
}

void ClusterChecks::name_bytes_of(const std::string& key, const std::string& encoded) {
  const auto row = table::decode_row(key, encoded);
  if (!row) return differ("an undecodable row");
  if (!row->value) return;
  const auto version = model::decode_object_version(*row->value);
  if (!version) return differ("an undecodable version");
  ++objects_;
  bytes_ += version->bytes;
  std::vector<model::BodyPlace> bodies;
  for (const auto& part : version->parts) bodies.push_back(part.body);
  if (!version->is_multipart()) bodies.push_back(version->body);
  for (const auto& body : bodies) {
    if (body.is_inline) {
      beside_[key].emplace(body.owner.view());
      owners_.emplace(body.owner.view(), key);
    }
    for (const auto& block : body.blocks) references_.insert(block::reference_key(block.hash, body.owner));
  }
}

bool ClusterChecks::holds(NodeIndex index, const BlockHash& hash) const {
  return std::ranges::count(placement_->sets_for(hash).write, cluster_.member(index).id) > 0;
}

bool ClusterChecks::keeps(NodeIndex index, kv::Family family, const std::string& row) const {
  daemon::LayoutPlacement::Rows placement(*placement_, family);
  return std::ranges::count(table::union_of(placement.sets_for(row).write), cluster_.member(index).id) > 0;
}

// What is named is there.
void ClusterChecks::look_at_blocks() {
  for (const auto& key : references_) {
    const auto hash = *BlockHash::from_raw(std::string_view(key).substr(0, BlockHash::kSize));
    for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
      if (!holds(i, hash)) continue;
      kv::MemoryStore& store = *cluster_.member(i).store;
      if (!store.get(kv::Family::kBlockRef, key)->has_value()) {
        differ(fmt::format("node {} misses a reference to block {} of {}", i, short_hex(key),
                           short_hex(key.substr(BlockHash::kSize))));
      }
      const auto place = block::BlockStore::index_key(hash);
      if (!store.get(place.family, place.bytes)->has_value()) {
        differ(fmt::format("node {} misses block {}", i, short_hex(key)));
      }
    }
  }
  daemon::LayoutPlacement::Rows placement(*placement_, kv::Family::kObject);
  for (const auto& [row, owners] : beside_) {
    for (const NodeId& id : table::union_of(placement.sets_for(row).write)) {
      const auto index = cluster_.index_of(id);
      if (!index) continue;
      for (const auto& owner : owners) {
        if (cluster_.member(*index).store->get(kv::Family::kInline, owner)->has_value()) continue;
        differ(fmt::format("node {} misses the body {} beside its row", *index, short_hex(owner)));
      }
    }
  }
}

// What is there is named.
void ClusterChecks::look_at_left_overs(NodeIndex index) {
  for (const kv::Family family : {kv::Family::kObject, kv::Family::kUpload}) {
    for (const auto& key : keys_of(index, family)) {
      if (keeps(index, family, key)) continue;
      differ(fmt::format("node {} still has the {} row {} of others", index, kv::family_name(family), short_hex(key)));
    }
  }
  Names referenced;
  for (const auto& key : keys_of(index, kv::Family::kBlockRef)) {
    const auto hash = key.substr(0, BlockHash::kSize);
    referenced.insert(hash);
    if (!holds(index, *BlockHash::from_raw(hash))) {
      differ(fmt::format("node {} still has a reference to block {} of others", index, short_hex(key)));
      continue;
    }
    if (references_.contains(key)) continue;
    const auto owner = Uuid::from_raw(std::string_view(key).substr(BlockHash::kSize));
    const auto value = cluster_.member(index).store->get(kv::Family::kBlockRef, key);
    const auto reference = owner ? block::decode_reference(*BlockHash::from_raw(hash), *owner, value->value_or(""))
                                 : fail(ErrorKind::kCorrupt, "");
    differ(fmt::format("node {} has a reference to block {} of {}, whom no row names (ceiling {}, row '{}'{})", index,
                       short_hex(key), short_hex(key.substr(BlockHash::kSize)),
                       reference ? reference->ceiling.hybrid_ms : 0,
                       reference && reference->backlink.size() > 34 ? reference->backlink.substr(34) : "?",
                       reference && !reference->upload.is_zero() ? ", of an upload" : ""));
  }
  for (const auto& owner : keys_of(index, kv::Family::kInline)) {
    const auto row = owners_.find(owner);
    if (row == owners_.end()) {
      differ(fmt::format("node {} has a body {} beside a row, which no row names", index, short_hex(owner)));
    } else if (!keeps(index, kv::Family::kObject, row->second)) {
      differ(fmt::format("node {} still has the body {} beside a row of others", index, short_hex(owner)));
    }
  }
  for (const auto& key : keys_of(index, kv::Family::kBlockIndex)) {
    if (!referenced.contains(key)) differ(fmt::format("node {} has block {} for nobody", index, short_hex(key)));
  }
  const auto queue = keys_of(index, kv::Family::kQueue);
  if (!queue.empty()) {
    differ(fmt::format("node {} still has {} things to do, like {} '{}'", index, queue.size(),
                       short_hex(*queue.begin()), queue.begin()->front()));
  }
}

std::vector<std::string> ClusterChecks::lies() {
  differences_.clear();
  if (cluster_.scenario().rows_only) return differences_;
  for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
    const auto usage = cluster_.run_on(i, count(cluster_.member(i).node, cluster_.bucket().id));
    if (!usage || !*usage) {
      differ(fmt::format("node {} does not count the bucket", i));
    } else if ((*usage)->objects != objects_ || (*usage)->bytes != bytes_ || (*usage)->unfinished_uploads != 0) {
      differ(fmt::format("node {} counts {} objects of {} bytes and {} uploads, there are {} of {} and none", i,
                         (*usage)->objects, (*usage)->bytes, (*usage)->unfinished_uploads, objects_, bytes_));
    }
    std::vector<BlockHash> here;
    for (const auto& key : references_) {
      const auto hash = *BlockHash::from_raw(std::string_view(key).substr(0, BlockHash::kSize));
      if (holds(i, hash) && (here.empty() || here.back() != hash)) here.push_back(hash);
    }
    const auto bad = cluster_.run_on(i, first_unreadable(cluster_.member(i).node, std::move(here)));
    if (!bad || !bad->empty()) differ(fmt::format("node {} cannot read block {}", i, bad.value_or("in time")));
  }
  return differences_;
}

}  // namespace garage::sim

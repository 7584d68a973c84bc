#include "sim/disk_tree.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/assert.hpp"

namespace garage::sim {
namespace {

// The components of a path; empty ones and "." do not count. Nothing for "..", which the project never uses.
std::optional<std::vector<std::string_view>> split(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (part == "..") return std::nullopt;
    if (!part.empty() && part != ".") out.push_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return out;
}

uint64_t mix(uint64_t digest, uint64_t number) {
  digest = (digest ^ number) * 0x9e3779b97f4a7c15u;
  return digest ^ (digest >> 29);
}

uint64_t mix(uint64_t digest, std::string_view bytes) {
  for (const char c : bytes) digest = mix(digest, static_cast<unsigned char>(c));
  return mix(digest, bytes.size());
}

}  // namespace

DiskTree::DiskTree() {
  auto root = std::make_shared<Inode>();
  root->is_directory = true;
  root->mode = 0755;
  inodes_.emplace(kRootInode, std::move(root));
}

Inode& DiskTree::edit(InodeId id) {
  std::shared_ptr<Inode>& inode = inodes_.at(id);
  if (inode.use_count() > 1) inode = std::make_shared<Inode>(*inode);
  return *inode;
}

Result<DiskTree::Found> DiskTree::find(std::string_view path) const {
  const auto parts = split(path);
  if (!parts) return fail(ErrorKind::kInvalid, std::string(path) + ": \"..\" is not supported");
  Found found{{}, kRootInode};
  for (const std::string_view part : *parts) {
    if (!found.inode) return fail(ErrorKind::kNotFound, std::string(path) + ": a folder on the way does not exist");
    const Inode& directory = at(*found.inode);
    if (!directory.is_directory)
      return fail(ErrorKind::kIo, std::string(path) + ": a part of the path is not a directory");
    found.place = Place{*found.inode, std::string(part)};
    const auto entry = directory.names_now.find(part);
    found.inode = entry == directory.names_now.end() ? std::nullopt : std::optional(entry->second);
  }
  return found;
}

Result<InodeId> DiskTree::existing(std::string_view path) const {
  TRY(const Found found, find(path));
  if (!found.inode) return fail(ErrorKind::kNotFound, std::string(path) + ": does not exist");
  return *found.inode;
}

InodeId DiskTree::create(const Place& place, bool is_directory, uint32_t mode) {
  const InodeId id = ++last_inode_;
  auto inode = std::make_shared<Inode>();
  inode->is_directory = is_directory;
  inode->mode = mode;
  inodes_.emplace(id, std::move(inode));
  edit(place.directory).names_now.emplace(place.name, id);
  pending_.push_back({.kind = ChangeKind::kLink, .inode = id, .to = place});
  return id;
}

void DiskTree::unlink(const Place& place, InodeId inode) {
  edit(place.directory).names_now.erase(place.name);
  edit(inode).linked = false;
  pending_.push_back({.kind = ChangeKind::kUnlink, .inode = inode, .from = place});
}

void DiskTree::rename(const Place& from, const Place& to, InodeId inode) {
  edit(from.directory).names_now.erase(from.name);
  auto& names = edit(to.directory).names_now;
  const auto replaced = names.find(to.name);
  if (replaced != names.end()) edit(replaced->second).linked = false;
  names[to.name] = inode;
  pending_.push_back({.kind = ChangeKind::kRename, .inode = inode, .from = from, .to = to});
}

void DiskTree::write(InodeId inode, uint64_t offset, std::string bytes) {
  edit(inode).now.write(offset, bytes);
  pending_bytes_ += bytes.size();
  pending_.push_back({.kind = ChangeKind::kWrite,
                      .inode = inode,
                      .offset = offset,
                      .length = bytes.size(),
                      .bytes = std::make_shared<const std::string>(std::move(bytes))});
}

void DiskTree::truncate(InodeId inode, uint64_t size) {
  edit(inode).now.truncate(size);
  pending_.push_back({.kind = ChangeKind::kTruncate, .inode = inode, .offset = size});
}

void DiskTree::punch(InodeId inode, uint64_t offset, uint64_t length) {
  edit(inode).now.punch(offset, length);
  pending_.push_back({.kind = ChangeKind::kPunch, .inode = inode, .offset = offset, .length = length});
}

template <class Which>
std::vector<PendingChange> DiskTree::take(Which which) {
  std::vector<PendingChange> taken, left;
  for (PendingChange& change : pending_) (which(change) ? taken : left).push_back(std::move(change));
  pending_ = std::move(left);
  return taken;
}

std::vector<PendingChange> DiskTree::take_data(InodeId inode) {
  std::vector<PendingChange> taken = take([inode](const PendingChange& c) { return c.is_data() && c.inode == inode; });
  for (const PendingChange& change : taken) pending_bytes_ -= change.bytes ? change.length : 0;
  return taken;
}

void DiskTree::sync_data(InodeId id) {
  const std::vector<PendingChange> taken = take_data(id);
  if (taken.empty()) return;
  Inode& inode = edit(id);
  for (const PendingChange& change : taken) {
    // Shares the pages instead of writing the bytes a second time.
    const bool to_the_end = change.kind == ChangeKind::kTruncate;
    inode.durable.adopt_pages(inode.now, change.offset, to_the_end ? UINT64_MAX - change.offset : change.length);
  }
  inode.durable.adopt_size(inode.now);
}

void DiskTree::sync_directory(InodeId directory) {
  const auto concerned = [directory](const PendingChange& c) { return c.concerns_directory(directory); };
  for (const PendingChange& change : take(concerned)) apply_durably(change);
}

void DiskTree::write_back(uint64_t bytes_max) {
  size_t count = 0;
  while (pending_bytes_ > bytes_max) {
    const PendingChange& oldest = pending_[count++];
    pending_bytes_ -= oldest.bytes ? oldest.length : 0;
    apply_durably(oldest);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(count));
}

void DiskTree::place_durably(InodeId id, const Place& place) {
  Inode& inode = edit(id);
  if (inode.durable_place) edit(inode.durable_place->directory).names_durable.erase(inode.durable_place->name);
  InodeId& entry = edit(place.directory).names_durable[place.name];
  if (entry != 0 && entry != id) edit(entry).durable_place.reset();
  entry = id;
  inode.durable_place = place;
}

void DiskTree::apply_durably(const PendingChange& change) {
  Inode& inode = edit(change.inode);
  switch (change.kind) {
    case ChangeKind::kWrite:
      inode.durable.write(change.offset, *change.bytes);
      break;
    case ChangeKind::kTruncate:
      inode.durable.truncate(change.offset);
      break;
    case ChangeKind::kPunch:
      inode.durable.punch(change.offset, change.length);
      break;
    case ChangeKind::kLink:
    case ChangeKind::kRename:
      place_durably(change.inode, change.to);
      break;
    case ChangeKind::kUnlink:
      // Where an earlier change of its name was lost, its durable name is another one; the removal is of the file.
      if (inode.durable_place) {
        edit(inode.durable_place->directory).names_durable.erase(inode.durable_place->name);
        inode.durable_place.reset();
      }
      break;
  }
}

void DiskTree::restart_from_durable(const std::vector<PendingChange>& kept) {
  for (const PendingChange& change : kept) apply_durably(change);
  pending_.clear();
  pending_bytes_ = 0;
  std::vector<InodeId> all;
  for (const auto& [id, inode] : inodes_) all.push_back(id);
  for (const InodeId id : all) {
    Inode& inode = edit(id);
    inode.now = inode.durable;
    inode.names_now = inode.names_durable;
    inode.linked = id == kRootInode || inode.durable_place.has_value();
  }
  // What only a lost folder holds is lost with it.
  std::set<InodeId> reachable{kRootInode};
  std::vector<InodeId> next{kRootInode};
  while (!next.empty()) {
    const InodeId directory = next.back();
    next.pop_back();
    for (const auto& [name, id] : at(directory).names_now) {
      if (reachable.insert(id).second && at(id).is_directory) next.push_back(id);
    }
  }
  std::erase_if(inodes_, [&](const auto& entry) { return !reachable.contains(entry.first); });
}

void DiskTree::collect(const std::map<InodeId, uint32_t>& open) {
  std::set<InodeId> waiting;
  for (const PendingChange& change : pending_) {
    waiting.insert({change.inode, change.from.directory, change.to.directory});
  }
  std::erase_if(inodes_, [&](const auto& entry) {
    const auto& [id, inode] = entry;
    return id != kRootInode && !inode->linked && !inode->durable_place && !open.contains(id) && !waiting.contains(id);
  });
}

uint64_t DiskTree::used_pages(const std::map<InodeId, uint32_t>& open) const {
  uint64_t pages = 0;
  for (const auto& [id, inode] : inodes_) {
    if (inode->linked || open.contains(id)) pages += inode->now.page_count();
  }
  return pages;
}

void DiskTree::digest_directory(InodeId directory, uint64_t& digest) const {
  for (const auto& [name, id] : at(directory).names_durable) {
    digest = mix(digest, name);
    const Inode& inode = at(id);
    if (inode.is_directory) {
      digest_directory(id, digest);
      continue;
    }
    digest = mix(digest, inode.durable.size());
    for (const env::Extent& extent : inode.durable.extents()) {
      std::string bytes(extent.length, '\0');
      inode.durable.read(extent.offset, bytes);
      digest = mix(mix(digest, extent.offset), bytes);
    }
  }
  digest = mix(digest, 0x2f);
}

uint64_t DiskTree::durable_digest() const {
  uint64_t digest = 1;
  digest_directory(kRootInode, digest);
  return digest;
}

}  // namespace garage::sim

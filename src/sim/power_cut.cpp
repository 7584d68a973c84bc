// What is left after the power failed.
#include <algorithm>

#include "sim/disk_state.hpp"

namespace garage::sim {
namespace {

// The parts of a write that reached the device: either its first sectors, or any of them. Sector borders are those of
// the file.
void keep_torn(const PendingChange& write, bool in_order, SimRandom& random, std::vector<PendingChange>& kept) {
  const uint64_t end = write.offset + write.length;
  const uint64_t first_sector = write.offset / kSectorBytes;
  const uint64_t sectors = (end + kSectorBytes - 1) / kSectorBytes - first_sector;
  const uint64_t prefix = random.below(sectors);
  for (uint64_t i = 0; i < sectors; ++i) {
    if (in_order ? i >= prefix : random.chance(0.5)) continue;
    const uint64_t begin = std::max(write.offset, (first_sector + i) * kSectorBytes);
    const uint64_t stop = std::min(end, (first_sector + i + 1) * kSectorBytes);
    PendingChange piece = write;
    piece.offset = begin;
    piece.length = stop - begin;
    piece.bytes = std::make_shared<const std::string>(write.bytes->substr(begin - write.offset, piece.length));
    kept.push_back(std::move(piece));
  }
}

// The file grew, the bytes did not come: it reads as zeros there.
void keep_size(const DiskTree& tree, const PendingChange& write, std::vector<PendingChange>& kept) {
  uint64_t size = tree.at(write.inode).durable.size();
  for (const PendingChange& change : kept) {
    if (change.inode != write.inode) continue;
    if (change.kind == ChangeKind::kTruncate) size = change.offset;
    if (change.kind == ChangeKind::kWrite) size = std::max(size, change.offset + change.length);
  }
  if (write.offset + write.length <= size) return;
  PendingChange grown = write;
  grown.kind = ChangeKind::kTruncate;
  grown.offset = write.offset + write.length;
  grown.bytes.reset();
  kept.push_back(std::move(grown));
}

}  // namespace

CutOptions CutOptions::draw(SimRandom& random) {
  CutOptions out;
  out.mode = static_cast<CutMode>(random.below(4));
  out.keep_probability = static_cast<double>(random.below(101)) / 100;
  out.torn_probability = static_cast<double>(random.below(101)) / 100;
  return out;
}

std::vector<PendingChange> survivors(const DiskTree& tree, const CutOptions& options, SimRandom& random) {
  const std::vector<PendingChange>& waiting = tree.pending();
  std::vector<PendingChange> kept;
  switch (options.mode) {
    case CutMode::kDropAll:
      break;
    case CutMode::kKeepAll:
      kept = waiting;
      break;
    case CutMode::kPrefix: {
      const size_t whole = random.below(waiting.size() + 1);
      kept.assign(waiting.begin(), waiting.begin() + static_cast<ptrdiff_t>(whole));
      if (whole < waiting.size() && waiting[whole].kind == ChangeKind::kWrite)
        keep_torn(waiting[whole], true, random, kept);
      break;
    }
    case CutMode::kSubset:
      for (const PendingChange& change : waiting) {
        if (random.chance(options.keep_probability)) {
          kept.push_back(change);
        } else if (change.kind == ChangeKind::kWrite) {
          if (random.chance(options.torn_probability)) keep_torn(change, false, random, kept);
          if (random.chance(0.25)) keep_size(tree, change, kept);
        }
      }
      break;
  }
  return kept;
}

}  // namespace garage::sim

// Which nodes keep a block now.
#pragma once

#include <cstddef>
#include <vector>

#include "base/ids.hpp"

namespace garage::block {

struct BlockSets {
  std::vector<NodeId> write;  // of the newest layout version: who gets the bytes
  size_t write_quorum = 1;    // how many of them make a quorum
  std::vector<NodeId> read;   // who may have them: of the newest version first, then of older ones; each once
};

// Threads: any; an immutable snapshot, swapped whole.
class BlockPlacement {
 public:
  virtual ~BlockPlacement() = default;
  virtual BlockSets sets_for(const BlockHash& hash) const = 0;
  // Is no layout change going on? Only then is anything let go of.
  virtual bool settled() const { return true; }
  // Does this node keep all there is, alone?
  virtual bool alone() const { return false; }
};

}  // namespace garage::block

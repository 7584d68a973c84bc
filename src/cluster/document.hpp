// Something small that every node of the cluster keeps a copy of, and that can be merged: the layout history, the
// settings. The mesh compares digests with every status it hears, and pulls the bytes where they differ.
//
// Contract: equal digests mean equal content. merge() is a join: its order and repetition do not matter, or the copies
// never agree. It does not trust the bytes. Ownership: borrowed by the mesh until it has stopped. Threads: the mesh's
// loop; whoever changes the document calls Mesh::announce() afterwards.
#pragma once

#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "runtime/task.hpp"

namespace garage::cluster {

class Document {
 public:
  virtual ~Document() = default;
  virtual std::string name() const = 0;    // short, visible ASCII
  virtual std::string digest() const = 0;  // at most 64 bytes
  // Does merge() tell by itself whether the bytes are of this cluster? Others are not taken from a node that has not
  // shown that it belongs to the same one.
  virtual bool knows_its_cluster() const { return false; }
  // That node has just told the same digest.
  virtual void agreed_with(const NodeId& node) {}
  virtual Task<Result<std::string>> export_bytes() = 0;
  // True if this copy has changed. An error is logged, and tried again some seconds later.
  virtual Task<Result<bool>> merge(std::string bytes) = 0;
};

}  // namespace garage::cluster

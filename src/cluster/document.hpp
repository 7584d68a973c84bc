// Something small that every node of the cluster keeps a copy of, and that can be merged: the layout history, the
// settings. The mesh compares digests with every status it hears, and pulls the bytes where they differ.
//
// Contract: equal digests mean equal content. merge() is a join: its order and repetition do not matter, or the copies
// never agree. It does not trust the bytes. Ownership: borrowed by the mesh until it has stopped. Threads: the mesh's
// loop; whoever changes the document calls Mesh::announce() afterwards.
#pragma once

#include <string>
#include <utility>

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
  // All of it. What may outgrow one message gives pages as well, each of which can be merged by itself.
  virtual Task<Result<std::string>> export_bytes() = 0;
  struct Page {
    std::string bytes;
    std::string next_from;  // above the `from` of this one; empty: that was all
  };
  virtual Task<Result<Page>> export_page(std::string from) {
    CO_TRY(auto bytes, co_await export_bytes());
    co_return Page{.bytes = std::move(bytes), .next_from = {}};
  }
  // True if this copy has changed. What fails is logged once, and tried again some seconds later; as what changes
  // nothing it is tried more and more rarely, until one of the two digests is another.
  virtual Task<Result<bool>> merge(std::string bytes) = 0;
};

}  // namespace garage::cluster

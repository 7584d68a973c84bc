// Keeps what this node knows of the cluster layout: the file in metadata_dir, and a snapshot that everybody reads.
//
// Changes come from operators (edit), from other nodes (merge_remote) and from this node's own progress in taking over
// a new version (made_progress). After each of them this node's tracker is moved as far as it can be. A node whose
// partitions do not move needs no help for that, so a layout of one node takes over by itself.
//
// Ownership: borrows disk and pool. Threads: current() and snapshot() from any; the others from any loop; changes are
// made one after another. Crash: once a change returned ok, it survives power loss; the content before it stays as
// cluster_layout.previous.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "env/disk.hpp"
#include "layout/stages.hpp"
#include "runtime/pool.hpp"
#include "runtime/published.hpp"
#include "runtime/task.hpp"

namespace garage::admin {

using Layout = std::shared_ptr<const layout::ClusterLayout>;

struct LayoutState {
  layout::History history;
  layout::ClusterLayout current;  // the newest version, and what is staged
  std::string encoded;            // what other nodes are sent
  layout::LayoutHash digest;      // of `encoded`: equal on nodes that know the same
  bool revoked = false;           // this node: it serves and votes nothing
};
using LayoutSnapshot = std::shared_ptr<const LayoutState>;

class LayoutKeeper {
 public:
  // Blocking, at start-up. Without a file the layout is of version 0. A file that is damaged, or gone while the one
  // before it is there, or of another replication factor, is an error that says what to do: nothing may begin with an
  // empty layout in its place, as the others would revoke a node that has forgotten what it knew.
  static Result<std::unique_ptr<LayoutKeeper>> open(env::Disk& disk, runtime::Pool& disk_pool,
                                                    const std::string& metadata_dir, uint32_t replication_factor,
                                                    const NodeId& self);

  LayoutSnapshot snapshot() const { return shown_.load(); }
  Layout current() const {
    LayoutSnapshot shown = snapshot();
    return Layout(shown, &shown->current);
  }

  // What names the cluster that this node belongs to; empty before its first layout is in force.
  std::string cluster() const;
  // Has that node a role, in a version that counts or is to come?
  bool has_role(const NodeId& node) const;

  // May other nodes ask this one for rows and blocks? Not before it has heard of a layout, because until then it may
  // be about to learn that it has forgotten what it knew; and not once it is revoked. Any thread.
  bool may_be_asked() const { return may_be_asked_.load(std::memory_order_acquire); }
  // True while this node is revoked; lives as long as this. Any thread.
  const std::atomic<bool>& revoked() const { return revoked_; }

  // The database was lost or never there. If this node has taken part in the cluster it is revoked: by what it
  // forgot it could hide writes that only one other node has. Blocking, for start-up code, before the database gets an
  // identity of its own.
  Result<void> database_is_new();

  // Changes a copy, saves it, then shows it. An error of the edit changes nothing and is returned.
  using Edit = std::function<Result<void>(layout::History&)>;
  Task<Result<Layout>> edit(Edit edit);
  // The same, blocking, for start-up code.
  Result<Layout> edit_now(const Edit& edit);

  // Takes in what another node knows. True if something was new. kCorrupt, kUnsupported: the bytes are no history;
  // kInvalid: of another replication factor; kConflict: of another cluster. All say so in words for the operator.
  // Where the other node knows more of this one than it does itself, this one is revoked (layout/memory.hpp).
  Task<Result<bool>> merge_remote(std::string encoded);

  // What this node has done for the change to the next version. True if others should hear of it. It only grows.
  Task<Result<bool>> made_progress(layout::Progress progress);

 private:
  LayoutKeeper(env::Disk& disk, runtime::Pool& disk_pool, std::string path, const NodeId& self)
      : disk_(disk), disk_pool_(disk_pool), path_(std::move(path)), self_(self) {}

  void show(LayoutSnapshot snapshot);
  // With edit_mutex_ held. True if it is another history than the one shown.
  Result<bool> save_and_show(layout::History history);
  Result<bool> merge_now(const std::string& encoded);
  Result<bool> made_progress_now(const layout::Progress& progress);

  env::Disk& disk_;
  runtime::Pool& disk_pool_;
  std::string path_;
  NodeId self_;
  std::mutex edit_mutex_;      // held while a change is made and saved, on pool threads only
  layout::Progress progress_;  // under edit_mutex_
  runtime::Published<LayoutState> shown_{nullptr};
  std::atomic<bool> may_be_asked_ = false, revoked_ = false;  // of shown_
};

}  // namespace garage::admin

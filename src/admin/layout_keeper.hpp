// Keeps this node's cluster layout: the file in metadata_dir, and a snapshot that everybody reads.
//
// Ownership: borrows disk and pool. Threads: current() from any; edit() from any loop; edits are made one after
// another. Crash:     once an edit returned ok, it survives power loss; the content before it stays as
// cluster_layout.previous.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "env/disk.hpp"
#include "layout/cluster_layout.hpp"
#include "runtime/pool.hpp"
#include "runtime/task.hpp"

namespace garage::admin {

using Layout = std::shared_ptr<const layout::ClusterLayout>;

class LayoutKeeper {
 public:
  // Blocking, at start-up. Without a file the layout is of version 0. A file that is damaged, or of another replication
  // factor, is an error that says what to do: nothing may begin with an empty layout in its place.
  static Result<std::unique_ptr<LayoutKeeper>> open(env::Disk& disk, runtime::Pool& disk_pool,
                                                    const std::string& metadata_dir, uint32_t replication_factor);

  Layout current() const { return current_.load(std::memory_order_acquire); }

  // Changes a copy, saves it, then shows it. An error of the edit changes nothing and is returned.
  using Edit = std::function<Result<void>(layout::ClusterLayout&)>;
  Task<Result<Layout>> edit(Edit edit);
  // The same, blocking, for start-up code.
  Result<Layout> edit_now(const Edit& edit);

 private:
  LayoutKeeper(env::Disk& disk, runtime::Pool& disk_pool, std::string path)
      : disk_(disk), disk_pool_(disk_pool), path_(std::move(path)) {}

  env::Disk& disk_;
  runtime::Pool& disk_pool_;
  std::string path_;
  std::mutex edit_mutex_;  // held while a change is made and saved, on pool threads only
  std::atomic<Layout> current_;
};

}  // namespace garage::admin

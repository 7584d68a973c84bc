// How full this node's disks are. A file system that hangs keeps the thread that asks it: each directory is asked one
// question at a time, those of the data on the pool of the data, and who measures gets the last answer meanwhile.
//
// Threads: any loop. Ownership: borrows the disk and the pools.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/disk.hpp"
#include "runtime/pool.hpp"
#include "runtime/task.hpp"

namespace garage::admin {

struct NodeSpace {
  std::optional<env::Space> data;  // of all directories that are written to; nothing where it cannot be told
  std::optional<env::Space> metadata;
};

class SpaceMeter {
 public:
  struct Parts {
    env::Disk& disk;
    runtime::Pool& metadata_pool;
    runtime::Pool& data_pool;
    std::string metadata_dir;
    std::vector<std::string> data_dirs;
  };
  explicit SpaceMeter(Parts parts);

  // Waits for a disk for a second at most, and not for one that keeps an earlier question.
  Task<NodeSpace> measure();

 private:
  struct Question;
  struct Answers;
  struct Waiter;
  void ask(size_t directory);
  NodeSpace sum_up() const;

  env::Disk& disk_;
  runtime::Pool& metadata_pool_;
  runtime::Pool& data_pool_;
  std::shared_ptr<Answers> answers_;  // shared with the questions, which may last longer
};

}  // namespace garage::admin

// One request of a client, as it is carried out on a node: what is asked, and what goes into the history.
//
// Each runs on its node's loop and dies with it; its entries then stay without an outcome.
#pragma once

#include <memory>
#include <string>

#include "runtime/task.hpp"
#include "sim/cluster_world.hpp"

namespace garage::sim {

// A Complete, as a client keeps it to send it again.
struct SentComplete {
  object::CompleteRequest request;
  HistoryEntry* entry = nullptr;  // of the first sending; it stands for all of them
  bool again = false;             // under way once more: that one of them was not applied says nothing
};

struct ClusterRequest {
  enum class Kind : unsigned char { kPut, kGet, kHead, kRemove, kCopy, kMultipart, kComplete, kList };
  Kind kind = Kind::kGet;
  std::string key = {};
  std::string source = {};                          // kCopy
  RegisterOperation how = RegisterOperation::kPut;  // of writes: plain, or with which condition
  uint64_t expected = 0;                            // for conditions
  uint64_t value = 0;                               // of writes that bring a body
  std::string prefix = {}, delimiter = {};          // kList
  size_t page_items = 1000;                         // kList
  bool gives_up = false, abort_races = false;       // kMultipart
  std::shared_ptr<SentComplete> sent = {};          // kMultipart: to be filled in; kComplete: what is sent again
  object::ByteRange range = {};                     // kGet
};
std::string to_string(const ClusterRequest& request);

// All keys that clients use.
std::vector<std::string> cluster_keys(size_t count);

// Sets *done at its end.
Task<void> perform(ClusterWorld* cluster, NodeIndex via, ClusterRequest request, std::shared_ptr<bool> done);

}  // namespace garage::sim

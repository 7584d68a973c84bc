// What must be true of a cluster some time after the last accident: replicas are equal, every byte that a row names is
// where it belongs and reads back, and nothing else is anywhere.
//
// Ownership: borrows the cluster. Threads: one, outside of all nodes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/layout_placement.hpp"
#include "sim/cluster_world.hpp"

namespace garage::sim {

class ClusterChecks {
 public:
  explicit ClusterChecks(ClusterWorld& cluster) : cluster_(cluster) {}

  // Has every node taken the newest layout over?
  bool layout_is_settled();
  // What is not as it should be, in words; a handful.
  std::vector<std::string> differences();
  // The same for what takes longer to look at, once there are no differences: bytes, and what nodes count.
  std::vector<std::string> lies();

 private:
  using Names = std::set<std::string>;

  void look_at_rows(kv::Family family);
  void name_bytes_of(const std::string& key, const std::string& encoded);
  void look_at_blocks();
  void look_at_left_overs(NodeIndex index);
  bool holds(NodeIndex index, const BlockHash& hash) const;
  bool keeps(NodeIndex index, kv::Family family, const std::string& row) const;
  Names keys_of(NodeIndex index, kv::Family family);
  void differ(std::string what);

  ClusterWorld& cluster_;
  std::unique_ptr<daemon::LayoutPlacement> placement_;
  std::vector<std::string> differences_;
  // What the rows call for.
  uint64_t objects_ = 0, bytes_ = 0;
  Names references_;                           // keys of the reference family
  std::map<std::string, Names> beside_;        // by row key: bodies beside it
  std::map<std::string, std::string> owners_;  // of bodies beside rows: in which row
};

}  // namespace garage::sim

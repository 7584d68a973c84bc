// Closes a bucket to clients on its replicas, and looks whether anything lives in it: docs/decisions/delete-bucket.md.
// Private to this module.
//
// Ownership: shared by the waiting coordinator and the questions, some of which outlive the wait. One loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "object/closing_messages.hpp"
#include "object/core.hpp"
#include "runtime/loop.hpp"
#include "runtime/signal.hpp"
#include "table/placement.hpp"

namespace garage::object {

class BucketClosing : public std::enable_shared_from_this<BucketClosing> {
 public:
  // `request` names bucket, attempt and row. `renew` is called every Settings::kRenewEvery while the look goes on; its
  // kConflict ends that.
  BucketClosing(Core& core, CloseRequest request, uint32_t spread, std::function<Task<Result<void>>()> renew);

  // Ok: majorities of every write set of every shard hold the bucket as closed, and nothing lives in it. kExists:
  // something does. kUnavailable: not enough of them could say, or the layout is changing.
  Task<Result<void>> run();

 private:
  enum class Told : unsigned char { kNothing, kAll, kFailure };
  struct Node {
    std::vector<uint16_t> shards;
    size_t living = 0;  // rows told of
    Told told = Told::kNothing;
  };

  Result<void> place(uint32_t spread);
  static Task<void> ask_node(std::shared_ptr<BucketClosing> self, NodeId node);
  Task<Told> go_through(NodeId node);
  Task<Result<CloseAnswer>> call(NodeId node, CloseRequest request);
  void wake_to_renew();
  Task<Result<void>> renew();
  Task<Result<void>> look_through();
  Task<Result<void>> settle_what_was_told();
  bool has_majorities() const;
  bool all_told() const;

  Core& core_;
  CloseRequest request_;
  const uint32_t spread_;
  const std::function<Task<Result<void>>()> renew_;
  std::vector<table::ReplicaSet> sets_;  // of all shards
  std::map<NodeId, Node> nodes_;
  std::map<std::string, Ord> told_living_;  // not looked at yet, each with the highest ord told of
  runtime::Signal changed_;
  runtime::TimerId timer_ = 0;
  bool renewal_due_ = false;
  bool over_ = false;
};

}  // namespace garage::object

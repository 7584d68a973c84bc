// The register of a program: asks the placement each time, and takes the local path where this node is the row's only
// replica, the full protocol otherwise. A layout change in between is noticed at the commit, and the other path taken.
//
// Ownership: borrows everything; stop() after the last call has returned. Threads: any loop.
#pragma once

#include <optional>
#include <string>

#include "table/local_register.hpp"
#include "table/placement.hpp"
#include "table/quorum_register.hpp"
#include "table/register.hpp"

namespace garage::table {

class PlacedRegister final : public Register {
 public:
  PlacedRegister(NodeId self, Placement& placement, LocalRegister& local, QuorumRegister& quorum)
      : self_(self), placement_(placement), local_(local), quorum_(quorum) {}

  Task<Result<Written>> write(Write write) override;
  Task<Result<std::optional<Row>>> read(std::string key) override;
  Task<Result<Settled>> settle(std::string key, SettleOptions options) override;

 private:
  NodeId self_;
  Placement& placement_;
  LocalRegister& local_;
  QuorumRegister& quorum_;
};

}  // namespace garage::table

// What Objects needs to work where several nodes keep the rows and blocks. The program makes one and hands it over
// before the first operation; without one this node is alone for ever.
//
// While alone() says yes everything goes the short way: row, references and index of a block in one commit. Otherwise
// blocks go to their holders first, and the row follows through the register, under the lease of its references.
//
// Ownership: everything is borrowed. Threads: any loop.
#pragma once

#include <functional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "block/replicas.hpp"
#include "net/caller.hpp"
#include "runtime/task.hpp"
#include "table/companions.hpp"
#include "table/placement.hpp"
#include "table/range.hpp"

namespace garage::object {

struct Cluster {
  NodeId self;
  // Is there nobody else who could write to what this node keeps, a gateway say? An immutable snapshot's answer, cheap:
  // it is asked inside commits too.
  std::function<bool()> alone;
  net::Caller* caller = nullptr;
  block::Replicas* blocks = nullptr;
  table::Placement* rows = nullptr;  // of the object and upload families
  table::Ranges* objects = nullptr;
  table::Ranges* uploads = nullptr;
  table::Companions* companions = nullptr;
  // Of model::Settings.
  std::function<Task<Result<bool>>(BucketId bucket)> takes_writes;
  std::function<Task<Result<bool>>(BucketId bucket, Uuid attempt, std::string row)> hold_deletion;
  std::function<bool(const BucketId& bucket)> is_closed;  // inside commits
};

}  // namespace garage::object

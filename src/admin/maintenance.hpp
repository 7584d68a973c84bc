// The background work of a node, as administrative operations see and steer it. The program puts its duties behind it.
//
// Threads: as operations. Ownership: borrowed; lives longer than every operation.
#pragma once

#include <cstdint>
#include <string>

#include "block/resync.hpp"
#include "runtime/worker.hpp"

namespace garage::admin {

class Maintenance {
 public:
  enum class Repair : unsigned char { kTables, kBlocks, kBlockRefs, kBlockRc, kClearResyncQueue };
  // What waits for other nodes until they are up again.
  struct Hints {
    uint64_t row_bytes = 0;
    uint64_t references = 0;
  };

  virtual ~Maintenance() = default;
  virtual const runtime::Workers& workers() const = 0;
  virtual block::Resync& resync() = 0;
  virtual Hints hints() const = 0;
  // Starts it; it goes on in the background.
  virtual Task<Result<void>> launch(Repair repair) = 0;
  // Takes effect at once and survives a restart. kNotFound: there is no such variable; kDenied: it is only to be read;
  // kInvalid: not a value of it.
  virtual Task<Result<void>> set_variable(std::string name, std::string value) = 0;
};

}  // namespace garage::admin

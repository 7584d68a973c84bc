// A write where this node is the only replica: ord read, fence, condition, install and the node's local extras as one
// operation of the commit queue.
#pragma once

#include <optional>
#include <vector>

#include "kv/commit_queue.hpp"
#include "table/install.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table {

class LocalWrite final : public kv::Change {
 public:
  // `drawn` is a fresh ord, moved above what the row and its fence hold. `placement` may be null: then no stage is
  // checked.
  LocalWrite(Schema& schema, Write write, Ord drawn, Placement* placement, uint64_t stage);

  void reads(std::vector<kv::Key>& out) const override;
  Result<void> apply(kv::View& view, kv::Batch& batch) override;
  void committed() override;
  size_t bytes() const override;
  bool adds() const override { return write_.adds; }

  // After a commit that returned ok.
  Written take_written();
  // After a commit that failed: did the layout move on before it was applied? Then nothing was done, and the write can
  // be taken back.
  bool is_stale() const { return stale_; }
  Write take_write() { return std::move(write_); }

 private:
  Schema& schema_;
  Write write_;
  const Ord drawn_;
  Placement* const placement_;
  const uint64_t stage_;
  bool stale_ = false;
  Row row_;
  std::optional<Row> before_;
};

}  // namespace garage::table

// A settle round where this node is the only replica: what is held is installed again above everything held, as one
// operation of the commit queue.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kv/commit_queue.hpp"
#include "table/install.hpp"
#include "table/placement.hpp"
#include "table/register.hpp"

namespace garage::table {

class LocalSettle final : public kv::Change {
 public:
  // As for LocalWrite.
  LocalSettle(Schema& schema, std::string key, SettleOptions options, Ord drawn, Placement* placement, uint64_t stage)
      : schema_(schema), key_(std::move(key)), options_(options), drawn_(drawn), placement_(placement), stage_(stage) {}

  void reads(std::vector<kv::Key>& out) const override { name_installed(schema_, key_, out); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override;
  void committed() override { schema_.installed(key_, row_); }
  size_t bytes() const override { return 512 + key_.size(); }

  bool is_stale() const { return stale_; }
  Settled take_settled() { return {row_.ord, std::move(row_)}; }

 private:
  Schema& schema_;
  const std::string key_;
  const SettleOptions options_;
  const Ord drawn_;
  Placement* const placement_;
  const uint64_t stage_;
  bool stale_ = false;
  Row row_;
};

}  // namespace garage::table

// What goes with the rows of objects and uploads where a node that keeps them no longer lets go of them.
#pragma once

#include <string>
#include <string_view>

#include "table/former_rows.hpp"

namespace garage::object {

class FormerObjects final : public table::FormerRules {
 public:
  Result<void> on_let_go(kv::View& view, kv::Batch& batch, std::string_view key, const table::Row& row) const override;
};

// Uploads rule their parts: these go without a tombstone once the upload is over.
class FormerUploads final : public table::FormerRules {
 public:
  Result<void> on_let_go(kv::View& view, kv::Batch& batch, std::string_view key, const table::Row& row) const override;
  std::string ruled_by(std::string_view key) const override;
};

}  // namespace garage::object

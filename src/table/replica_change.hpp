// PREPARE and INSTALL as operations of the commit queue.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "kv/commit_queue.hpp"
#include "table/ablation.hpp"
#include "table/install.hpp"
#include "table/messages.hpp"
#include "table/placement.hpp"

namespace garage::table {

class ReplicaChange final : public kv::Change {
 public:
  // `now_ms`: OrdSource::latest_ms() at the request's arrival, for the refusal of ords of the far future.
  ReplicaChange(Schema& schema, Placement& placement, std::shared_ptr<const Request> request, uint64_t now_ms,
                Ablation ablation)
      : schema_(schema), placement_(placement), request_(std::move(request)), now_ms_(now_ms), ablation_(ablation) {}

  void reads(std::vector<kv::Key>& out) const override;
  Result<void> apply(kv::View& view, kv::Batch& batch) override;
  void committed() override;
  size_t bytes() const override;
  bool adds() const override { return request_->adds; }
  bool settles() const override { return request_->settles; }

  // After a commit that returned ok.
  Reply take_reply() { return std::move(reply_); }

 private:
  Result<void> prepare(Held held, kv::View& view, kv::Batch& batch);
  Result<void> install_row(Held held, kv::View& view, kv::Batch& batch);

  Schema& schema_;
  Placement& placement_;
  const std::shared_ptr<const Request> request_;
  const uint64_t now_ms_;
  const Ablation ablation_;
  Reply reply_;
  bool stored_ = false;
};

}  // namespace garage::table

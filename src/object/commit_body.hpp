// What a stored body adds to the batch of the row that names it: index rows and references of its blocks, manifest
// pages, the small body itself; and the check that the bucket still exists. Private to this module.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "block/block_store.hpp"
#include "object/body_writer.hpp"
#include "table/register.hpp"

namespace garage::object {

class CommitBody : public table::CommitExtra {
 public:
  // `row_key` is the row that will name `owner`; `upload` is zero except for a part attempt.
  CommitBody(Core& core, BucketId bucket, Uuid owner, std::string row_key, Uuid upload, StoredBody body);

  // Where the bytes will be, for the row.
  const model::BodyPlace& place() const { return place_; }
  // Rides with the row to every replica.
  std::vector<table::Companion> companions();

  void reads(std::vector<kv::Key>& out) const override;
  Result<void> apply(kv::View& view, kv::Batch& batch, Ord ord) override;
  void committed() override;
  size_t bytes() const override { return 512 * (body_.holds.size() + body_.shared.size()); }

 private:
  kv::Key bucket_row_;
  std::string row_key_;
  Uuid upload_;
  StoredBody body_;
  table::DigestKeeper* const digests_;  // of references; null: none are kept
  model::BodyPlace place_;
};

// Before the row is written: what is in the body's blocks is on the device. On several nodes also: they are referenced
// on a quorum, and the bucket was there.
struct SettledBody {
  bool replicated = false;     // then no CommitExtra
  std::optional<Ord> ceiling;  // of its references, where it has any
  std::shared_ptr<block::Outgoing> outgoing;
};
Task<Result<SettledBody>> settle_body(Core& core, BucketId bucket, const StoredBody& body, bool replicated);
// By this node's copy of the settings. kNotFound: there is no such bucket. kUnavailable: it is being deleted.
Task<Result<void>> require_bucket(Core& core, BucketId bucket);

// kNotFound where the bucket's row is gone. In Change::apply.
Result<void> require_bucket(kv::View& view, const kv::Key& bucket_row);
kv::Key bucket_row(const BucketId& bucket);

}  // namespace garage::object

// The common end of put, copy and complete: judge the condition and install the version. Private to this module.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "object/commit_body.hpp"
#include "object/core.hpp"

namespace garage::object {

// Chooses the checksum to keep: the one asked for, and CRC64NVME where nothing was.
std::vector<model::Checksum> checksums_to_keep(const Digests& digests, std::optional<crypto::ChecksumAlgorithm> asked);

struct ObjectWrite {
  std::string row_key;
  Uuid uuid;
  model::ObjectVersion version;
  WriteCondition condition;
  BucketRef bucket;
  std::vector<table::Companion> companions;
  SettledBody settled;                           // of a version that brings bytes
  std::optional<Uuid> unless_aborted;            // of a Complete on several nodes: refused where this upload is over
  std::optional<uint64_t> looked_at_stage = {};  // see table::Write
  std::shared_ptr<table::CommitExtra> extra;
};
// kOverQuota where the bucket would hold more than it may.
Task<Result<Stored>> write_object(Core& core, ObjectWrite write);

// A tombstone. Removing what is not there is ok.
Task<Result<void>> write_tombstone(Core& core, std::string row_key, WriteCondition condition);

}  // namespace garage::object

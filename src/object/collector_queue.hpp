// Reading what the collector has to do. Private to this module.
#pragma once

#include <string>
#include <vector>

#include "model/upload.hpp"
#include "object/core.hpp"

namespace garage::object {

inline constexpr size_t kEntriesPerRound = 1000;
// How many the collector works at beside each other: each waits for other nodes, or for a sync that serves all.
inline constexpr size_t kEntriesAtOnce = 32;
// How long a completed upload is remembered, for clients that repeat their Complete.
inline constexpr uint64_t kCompletedUploadMs = 60 * 60 * 1000;

struct QueueRow {
  std::string key;
  std::string value;
};
// Entries whose key begins with `kind`, from `from` on; up to kEntriesPerRound.
Task<Result<std::vector<QueueRow>>> next_rows(Core& core, std::string kind, std::string from);

struct AttemptRow {
  std::string key;
  model::PartAttempt attempt;
};
// Those of an upload that lie on this node; up to kEntriesPerRound. Also blank ones, which a round has put where most
// replicas had gone through the attempt already, with what lies beside them here.
Task<Result<std::vector<AttemptRow>>> read_attempts(Core& core, std::string upload_row);

std::vector<BlockHash> hashes_of(const std::vector<model::BlockEntry>& blocks);

}  // namespace garage::object

// Checking the list of a Complete against the parts that are there, and what follows for the object. Private to this
// module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/upload.hpp"
#include "object/objects.hpp"

namespace garage::object {

struct ChosenParts {
  CompleteProblem problem = CompleteProblem::kNone;
  std::string detail;
  std::vector<model::ObjectPart> parts;
  uint64_t bytes = 0;
  model::ETag etag;
  std::vector<model::Checksum> checksums;
};

// The checksum of a whole from those of its parts. Nothing where they do not have one of that algorithm, or where those
// of wholes do not follow from those of parts (SHA).
std::optional<model::Checksum> object_checksum(const std::vector<model::ObjectPart>& parts,
                                               crypto::ChecksumAlgorithm algorithm, crypto::ChecksumType type);

ChosenParts choose_parts(const CompleteRequest& request, const model::Upload& upload,
                         const std::vector<model::PartAttempt>& attempts, uint64_t part_bytes_min);

}  // namespace garage::object

// Checking the list of a Complete against the parts that are there, and what follows for the object. Private to this
// module.
#pragma once

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

ChosenParts choose_parts(const CompleteRequest& request, const model::Upload& upload,
                         const std::vector<model::PartAttempt>& attempts, uint64_t part_bytes_min);

}  // namespace garage::object

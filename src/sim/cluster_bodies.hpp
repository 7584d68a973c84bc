// Bodies of objects that tell who wrote them: each has a number, and its ETag belongs to no other. Blocks in front of
// the last one come from a small stock, so that objects share them.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/object_version.hpp"
#include "object/byte_source.hpp"
#include "sim/random.hpp"

namespace garage::sim {

struct ClusterBody {
  std::vector<std::string> parts;  // one, where it is put in one piece
  std::string bytes;
  std::string etag;
};

class ClusterBodies {
 public:
  explicit ClusterBodies(uint64_t block_bytes) : block_bytes_(block_bytes) {}

  // A new one; the numbers begin at 1. `parts` 0: no multipart upload.
  uint64_t make(SimRandom& random, size_t parts);
  const ClusterBody& body(uint64_t number) const { return bodies_.at(number); }
  // Nothing: nobody wrote that.
  std::optional<uint64_t> number_of(const std::string& etag) const;

 private:
  std::string piece(SimRandom& random, const std::string& tail);

  const uint64_t block_bytes_;
  std::map<uint64_t, ClusterBody> bodies_;
  std::map<std::string, uint64_t> by_etag_;
};

class TextSource final : public object::ByteSource {
 public:
  explicit TextSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<Result<size_t>> read(std::span<char> out) override;
  std::optional<uint64_t> length() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  size_t offset_ = 0;
};

}  // namespace garage::sim

// Where the bytes of an upload come from: a request body, another object, a test.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "runtime/task.hpp"

namespace garage::object {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At least one byte, or 0 at the verified end. Any error gives the upload up; nothing is stored.
  virtual Task<Result<size_t>> read(std::span<char> out) = 0;
  // If declared beforehand.
  virtual std::optional<uint64_t> length() const = 0;
};

}  // namespace garage::object

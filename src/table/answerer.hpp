// Answers one operation of another node, found by TableService.
#pragma once

#include <string>

#include "base/result.hpp"
#include "runtime/task.hpp"

namespace garage::table {

class Answerer {
 public:
  virtual ~Answerer() = default;
  // `payload` is other people's: checked, bounded, never trusted.
  virtual Task<Result<std::string>> answer(std::string payload) = 0;
};

}  // namespace garage::table

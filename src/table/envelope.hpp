// Several requests to one node in one message, and their answers in the same order. The bytes are in
// docs/formats/rows.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace garage::table {

inline constexpr size_t kEnvelopeRequestsMax = 64;

std::string enclose_requests(const std::vector<std::string>& requests);
// Views into `message`.
Result<std::vector<std::string_view>> open_requests(std::string_view message);

std::string enclose_replies(const std::vector<Result<std::string>>& replies);
// kCorrupt unless there are `expected` answers.
Result<std::vector<Result<std::string>>> open_replies(std::string_view message, size_t expected);

}  // namespace garage::table

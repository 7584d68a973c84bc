// The head of an answer, and of a request of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "http/client.hpp"
#include "http/headers.hpp"
#include "http/incoming_body.hpp"

namespace garage::http {

struct AnswerHead {
  int status = 0;
  bool keep_alive = false;
  BodyFraming framing = BodyFraming::kUntilClose;
  uint64_t length = 0;
  Headers headers;  // views of the block
};

// `block` ends with the empty line; names are lower-cased in place. As strict about lengths as the gate. kCorrupt.
Result<AnswerHead> parse_answer_head(std::span<char> block, bool answers_head_request, size_t fields_max);

std::string write_request_head(const ClientRequest& request);

}  // namespace garage::http

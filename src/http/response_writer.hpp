// Sends one answer: head and body in one call where the body is at hand, else chunk by chunk as fast as the peer takes
// them.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "env/network.hpp"
#include "http/response.hpp"

namespace garage::http {

// How the request asked and what the connection decided.
struct AnswerForm {
  bool to_head = false;
  bool http_1_0 = false;
  bool close = false;       // announce the end of the connection
  std::string_view date;    // valid until the head is written down, which happens before the first wait
  std::string_view server;  // empty: no Server field
  uint64_t rate_min_bytes_per_s = 1024;
  Duration patience = 30s;  // for the peer to take a piece, beyond what the minimum rate allows it
};

enum class Sent : unsigned char {
  kWhole,
  kNothing,  // the source failed before the first byte: something else may be answered
  kBroken,   // the peer is gone or slow, or the source failed half-way: cut the connection
};

struct Sending {
  Sent sent = Sent::kWhole;
  std::string fault;  // of the source, in words; empty: there was none
};

// `scratch` is where the head is written; borrowed until the task ends.
Task<Sending> send_response(env::Stream& stream, std::string& scratch, Response response, AnswerForm form);

}  // namespace garage::http

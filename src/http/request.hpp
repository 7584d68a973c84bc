// A request as its handler sees it. The bytes have passed the gate (gate.hpp) before a handler is called.
//
// Ownership: the connection owns the request and the bytes behind its views; all of it lives until the handler's answer
// was sent. Threads:   the loop of the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/body.hpp"
#include "http/headers.hpp"

namespace garage::http {

enum class Method : unsigned char { kGet, kHead, kPut, kPost, kDelete, kOptions, kOther };

// Methods are case-sensitive; what is not in the list is kOther.
Method method_of(std::string_view text);

struct Request {
  Method method = Method::kOther;
  std::string_view method_text;
  std::string_view target;     // as received: path, and query behind the first '?'; or "*" (OPTIONS only)
  std::string_view raw_path;   // nothing is decoded or normalised
  std::string_view raw_query;  // without the '?'
  Headers headers;             // Host is there exactly once
  std::optional<uint64_t> content_length;
  bool chunked = false;           // Transfer-Encoding: chunked; then content_length is empty
  bool expects_continue = false;  // Expect: 100-continue; the first read of the body sends the 100
  bool keep_alive = true;         // what the client wishes
  std::string peer;               // text of the peer's address; never taken from a header
  BodyReader* body = nullptr;     // never null inside a handler, also where there is no body
};

}  // namespace garage::http

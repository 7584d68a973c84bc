// An answer as its handler gives it. The body is a string, or a source of chunks for what is large or not known yet.
//
// The connection writes Date, Server, Content-Length or Transfer-Encoding, and Connection by itself. To HEAD it sends
// the same head as to GET and no body. 204 and 304 never carry a body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "http/header_block.hpp"
#include "runtime/task.hpp"

namespace garage::http {

// Bytes and what keeps them alive. An empty view is the end.
struct Chunk {
  std::string_view bytes;
  std::shared_ptr<const void> keeper;  // may be null for bytes that live for ever

  static Chunk own(std::string text) {
    auto kept = std::make_shared<const std::string>(std::move(text));
    const std::string_view view = *kept;
    return {view, std::move(kept)};
  }
  // Shares the owner of the bytes, for example a cached block.
  template <class Owner>
  static Chunk share(std::string_view bytes, std::shared_ptr<Owner> owner) {
    return {bytes, std::move(owner)};
  }
};

// Called again only after the chunk before was taken by the socket: back-pressure is the absence of calls. A source
// that wants to read ahead does so by itself. After an error the connection is cut, so that the answer never looks
// complete; what must be verified is therefore verified before the last chunk is handed out.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual Task<Result<Chunk>> next() = 0;
};

struct Response {
  int status = 200;
  HeaderBlock headers;
  std::string body;  // not used if there is a stream
  std::unique_ptr<BodySource> stream;
  std::optional<uint64_t> stream_length;  // exactly what the stream will give; without it the answer is chunked
  std::optional<uint64_t>
      entity_length;   // answers to HEAD: the Content-Length of the entity, where there is neither body nor stream
  bool close = false;  // close the connection after this answer

  static Response text(int status, std::string body, std::string_view content_type = "text/plain");
};

// "Not Found" for 404; "" for a number without a registered phrase.
std::string_view reason_phrase(int status);

}  // namespace garage::http

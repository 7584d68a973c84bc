// Sends the body of a request or an answer: data frames and the end, after whatever opens the stream. Bodies of several
// streams share the line: each frame waits its turn.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/link.hpp"

namespace garage::net {

// A request head goes out together with the first piece. True if the whole body was sent; false if `*unwanted` became
// true before the end: then no end frame was sent.
Task<Result<bool>> send_body(std::shared_ptr<Link> link, uint32_t stream, uint8_t priority,
                             std::optional<std::string> request_head, std::string body,
                             std::shared_ptr<const bool> unwanted);

}  // namespace garage::net

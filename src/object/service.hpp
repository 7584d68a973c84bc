// What nodes tell each other about objects: the operations "object/..." of the peer port.
//
// Threads: any loop.
#pragma once

#include <string>
#include <string_view>

#include "net/server.hpp"
#include "object/objects.hpp"

namespace garage::object {

// "The version of this queue entry is dead, and its holders know": the teller has judged it by quorum.
inline constexpr std::string_view kDeadOperation = "object/dead";

// "What do your rows of this bucket add up to?" Question: the bucket's id. Answer: as the counter's row.
inline constexpr std::string_view kUsageOperation = "object/usage";

// "Hold the bucket as being deleted; what lives there?" See closing_messages.hpp.
inline constexpr std::string_view kCloseOperation = "object/close";

std::string encode_dead(std::string_view entry_key);

class Service final : public net::RequestHandler {
 public:
  explicit Service(Objects& objects) : objects_(objects) {}
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;
  Task<Result<std::string>> answer(std::string operation, std::string payload);

 private:
  Objects& objects_;
};

}  // namespace garage::object

// Answers what other nodes ask about blocks: the operations "block/..." of the peer port, over this node's Holder.
//
// Threads: any loop.
#pragma once

#include <string>

#include "block/holder.hpp"
#include "net/server.hpp"

namespace garage::block {

class Service final : public net::RequestHandler {
 public:
  explicit Service(Holder& holder) : holder_(holder) {}
  // kUnsupported: no such operation. kCorrupt, kInvalid: not a question of ours.
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;
  // The same for whoever has no PeerInfo.
  Task<Result<std::string>> answer(std::string operation, std::string payload);

 private:
  Holder& holder_;
};

}  // namespace garage::block

// Other nodes, as a test wants them.
#pragma once

#include <string>
#include <vector>

#include "admin/cluster_view.hpp"
#include "admin/messages.hpp"

namespace garage::admin::testing {

class FakeCluster : public ClusterView {
 public:
  std::vector<PeerFacts> peers() const override { return nodes; }
  bool is_revoked() const override { return revoked; }
  int64_t clock_offset_ms() const override { return 5; }
  Task<Result<void>> connect(std::string peer) override {
    if (peer == "good") co_return Result<void>{};
    co_return fail(ErrorKind::kUnavailable, "nobody listens");
  }
  // All answer but the one whose id is of bytes cc.
  Task<Result<std::string>> ask(NodeId node, std::string operation, std::string request) override {
    asked.push_back(operation + " " + request);
    NodeId silent;
    silent.bytes.fill(0xcc);
    if (node == silent) co_return fail(ErrorKind::kTimeout, "no answer");
    if (!refusal.empty()) {
      co_return encode_reply(
          Json::object({{"success", Json::object()}, {"error", Json::object({{node.hex(), refusal}})}}));
    }
    co_return encode_reply(
        Json::object({{"success", Json::object({{node.hex(), "answer"}})}, {"error", Json::object()}}));
  }

  std::vector<PeerFacts> nodes;
  bool revoked = false;  // as they say
  std::vector<std::string> asked;
  std::string refusal;  // of every node, in its own envelope
};

}  // namespace garage::admin::testing

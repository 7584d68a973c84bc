// The answering side of replicated tables: takes what other nodes ask by the operations of operations.hpp, and finds
// who answers. What comes in is other people's: it is checked and bounded, and never trusted.
//
// Ownership: borrows the replicas, which are added before the first request. Threads: any loop.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "net/server.hpp"
#include "table/answerer.hpp"
#include "table/replica.hpp"

namespace garage::table {

class TableService final : public net::RequestHandler {
 public:
  void add(Replica& replica) { replicas_[static_cast<size_t>(replica.family())] = &replica; }
  void add(std::string_view operation, Answerer& answerer) { answerers_.emplace(operation, &answerer); }

  bool serves(std::string_view operation) const { return operation.starts_with("table/"); }
  // Refuses those that are not nodes.
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo& who) override;
  // The same for a node that is known to be one.
  Task<Result<std::string>> answer(std::string operation, std::string payload);

 private:
  Task<Result<std::string>> answer_calls(std::string payload);
  Task<Result<std::string>> answer_call(std::string_view encoded);
  Task<void> answer_into(std::string_view encoded, Result<std::string>* out);

  std::array<Replica*, kv::kFamilyCount> replicas_{};
  std::map<std::string, Answerer*, std::less<>> answerers_;
};

}  // namespace garage::table

// What a connection needs only while a request is under way: lent out, so that ten thousand idle connections hold none.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/head_scanner.hpp"
#include "http/incoming_body.hpp"
#include "http/read_buffer.hpp"
#include "http/request.hpp"

namespace garage::http {

struct Workspace {
  static constexpr size_t kBufferBytes = 8 * 1024;  // enough for nearly every head and for small bodies behind it

  ReadBuffer buffer{kBufferBytes};
  HeadScanner scanner;
  Framing framing;
  Request request;
  IncomingBody body;
  std::string head;  // of the answer; keeps its memory
};

// One loop. Keeps some for the next connection that wakes up.
class WorkspacePool {
 public:
  std::unique_ptr<Workspace> take() {
    if (free_.empty()) return std::make_unique<Workspace>();
    auto workspace = std::move(free_.back());
    free_.pop_back();
    return workspace;
  }
  // Must hold no unread bytes.
  void give_back(std::unique_ptr<Workspace> workspace) {
    if (free_.size() < kFreeMax && workspace->buffer.capacity() == Workspace::kBufferBytes) {
      free_.push_back(std::move(workspace));
    }
  }

 private:
  static constexpr size_t kFreeMax = 64;
  std::vector<std::unique_ptr<Workspace>> free_;
};

}  // namespace garage::http

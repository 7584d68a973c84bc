// Any bytes through a whole connection, in pieces of any size, with a handler that reads the body. Every request that
// was read to its end must begin, end and contain what Beast's own parser reads at that place.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "http/server.hpp"
#include "http/testing/beast_oracle.hpp"
#include "http/testing/memory_network.hpp"
#include "runtime/manual_loop.hpp"

namespace {

using namespace garage;
using namespace garage::http;

struct Seen {
  std::string target;
  std::string body;
  bool whole = false;
};

class RecordingHandler : public Handler {
 public:
  Task<Response> handle(Request& request) override {
    Seen entry{.target = std::string(request.target), .body = {}, .whole = false};
    std::string piece(read_bytes, '\0');
    for (;;) {
      const auto size = co_await request.body->read(piece);
      if (!size) break;
      if (*size == 0) {
        entry.whole = true;
        break;
      }
      entry.body.append(piece, 0, *size);
    }
    seen.push_back(std::move(entry));
    co_return Response::text(200, "ok");
  }
  size_t read_bytes = 1;
  std::vector<Seen> seen;
};

class StoppedClock : public runtime::Clock {
 public:
  WallTime wall_now() override { return {}; }
  MonotonicTime monotonic_now() override { return {}; }
};

Task<bool> stop(Server& server) {
  co_await server.stop(Duration{0});
  co_return true;
}

void serve(std::string_view bytes, size_t network_bytes, RecordingHandler& handler) {
  runtime::ManualLoop loop;
  StoppedClock clock;
  testing::MemoryNetwork network;
  Server server(clock, network, handler, {});
  runtime::Loop::Scope scope(&loop);
  ASSERT(server.listen({"a:1"}), "listening in memory works");
  auto client = network.dial({"a:1"}, {"b:2"});
  client->out().read_bytes_max = network_bytes;
  client->in().capacity = SIZE_MAX;
  client->push(bytes);
  client->finish_writing();
  loop.run();
  loop.run_until_done(stop(server));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  RecordingHandler handler;
  handler.read_bytes = 1 + data[0] * 97u;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  serve(bytes, 1 + data[1] * 41u, handler);

  for (const Seen& entry : handler.seen) {
    testing::OracleRequest oracle;
    const auto end = testing::parse_with_beast(bytes, oracle);
    if (end == testing::OracleEnd::kError) break;  // Beast is stricter somewhere: no second reading
    if (end == testing::OracleEnd::kMore) {
      ASSERT(!entry.whole, "the oracle waits for more of a request that was taken as whole");
      break;
    }
    if (!entry.whole) break;  // we are stricter, and close
    ASSERT(entry.target == oracle.target, "the same target");
    ASSERT(entry.body == oracle.body, "the same body");
    bytes.remove_prefix(oracle.size);
  }
  return 0;
}

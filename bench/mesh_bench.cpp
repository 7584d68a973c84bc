// How fast two nodes ask each other over real sockets: every loop of one asks, the other one answers.
//
//   mesh_bench [loops] [strands]      strands 1: all connections on the first loop, as where a peer knows no strands
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cluster/mesh.hpp"
#include "env/posix/posix_env.hpp"
#include "env/posix/run_blocking.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace garage {
namespace {

using env::posix::PosixWorld;

class Source : public cluster::StatusSource {
 public:
  Task<cluster::NodeReport> report() override { co_return cluster::NodeReport{}; }
};

// "bench/take" throws away what it is told, "bench/give" answers with as many bytes as it is told.
class Answerer : public net::RequestHandler {
 public:
  Task<Result<std::string>> handle(std::string operation, std::string payload, const net::PeerInfo&) override {
    if (operation != "bench/give") co_return std::string();
    co_return std::string(static_cast<size_t>(std::atoll(payload.c_str())), 'x');
  }
};

// A process of its own, but for the process.
struct Node {
  Node(size_t loops, uint32_t strands, char seed)
      : world(std::move(*PosixWorld::create({.loops = loops, .disk_threads = 1, .compute_threads = 1}))),
        env(world->env()),
        key(*net::NodeKey::from_seed(Secret(std::string(32, seed)))),
        facts{.boot_id = env.random.id<Uuid>(), .replication_factor = 1, .public_address = "", .strands = strands},
        mesh(*cluster::Mesh::create(
            {.env = env, .key = key, .rpc_secret = Secret("s"), .facts = facts, .source = source}, {})),
        server(env, key, Secret("s"), facts, answerer) {
    mesh->answer("bench", answerer);
    server.set_peer_host(*mesh);
    (void)world->start();
    run_blocking(world->loop(0), begin());
  }
  Task<bool> begin() {
    const bool listening = server.listen({"127.0.0.1:0"}).has_value();
    mesh->start();
    co_return listening;
  }
  Task<bool> stop() {
    co_await mesh->stop(1s);
    co_await server.stop(1s);
    co_return true;
  }

  std::unique_ptr<PosixWorld> world;
  env::Env env;
  net::NodeKey key;
  net::HelloFacts facts;
  Source source;
  Answerer answerer;
  std::unique_ptr<cluster::Mesh> mesh;
  net::Server server;
};

struct Load {
  Node* from;
  NodeId to;
  std::string operation, payload;
  net::Lane lane;
  MonotonicTime end;
  std::atomic<uint64_t> calls{0}, failures{0};
};

Task<void> ask_on(Load* load) {
  runtime::Loop& loop = *runtime::Loop::current();
  while (loop.now() < load->end) {
    const net::CallOptions options{.deadline = loop.now() + 30s, .lane = load->lane};
    const auto answer = co_await load->from->mesh->call(load->to, load->operation, load->payload, options);
    ++(answer ? load->calls : load->failures);
  }
}

Task<bool> ask_in_parallel(Load* load, int callers) {
  runtime::TaskGroup group;
  for (int i = 0; i < callers; ++i) group.spawn(ask_on(load));
  co_await group.join();
  co_return true;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

void measure(const char* name, Node& from, Node& to, const char* operation, std::string payload, net::Lane lane,
             int callers, size_t bytes) {
  constexpr int kSeconds = 2;
  Load load{
      .from = &from, .to = to.key.id, .operation = operation, .payload = std::move(payload), .lane = lane, .end = {}};
  const double before = cpu_seconds();
  load.end = from.env.loops[0]->now() + std::chrono::seconds(kSeconds);
  std::vector<std::thread> loops;
  for (size_t i = 0; i < from.env.loops.size(); ++i)
    loops.emplace_back([&, i] { run_blocking(from.world->loop(i), ask_in_parallel(&load, callers)); });
  for (auto& loop : loops) loop.join();
  const auto calls = static_cast<double>(load.calls.load());
  std::printf("%-22s %9.0f calls/s  %7.1f us of CPU a call  %7.0f MB/s  %llu failures\n", name, calls / kSeconds,
              1e6 * (cpu_seconds() - before) / calls, calls * static_cast<double>(bytes) / kSeconds / 1e6,
              static_cast<unsigned long long>(load.failures.load()));
}

void run(size_t loops, uint32_t strands) {
  Node first(loops, strands, 'a'), second(loops, strands, 'b');
  const std::string name = second.key.id.hex() + "@" + second.server.addresses().front().text;
  (void)run_blocking(first.world->loop(0), first.mesh->connect(name));
  std::this_thread::sleep_for(1s);  // for the strands
  std::printf("%zu loops, %u strands\n", loops, strands);
  measure("64 B, 1 a loop", first, second, "bench/take", std::string(64, 'x'), net::Lane::kControl, 1, 64);
  measure("64 B, 8 a loop", first, second, "bench/take", std::string(64, 'x'), net::Lane::kControl, 8, 64);
  measure("1 MiB there", first, second, "bench/take", std::string(1 << 20, 'x'), net::Lane::kBlocks, 4, 1 << 20);
  measure("1 MiB back", first, second, "bench/give", std::to_string(1 << 20), net::Lane::kBlocks, 4, 1 << 20);
  run_blocking(first.world->loop(0), first.stop());
  run_blocking(second.world->loop(0), second.stop());
  first.world->stop();
  second.world->stop();
  first.world->wait();
  second.world->wait();
}

}  // namespace
}  // namespace garage

int main(int argc, char** argv) {
  const auto loops = static_cast<size_t>(argc > 1 ? std::atoi(argv[1]) : 2);
  garage::run(loops, static_cast<uint32_t>(argc > 2 ? std::atoi(argv[2]) : static_cast<int>(loops)));
}

// How many messages a request costs, and how many nodes exchange at rest, in clusters of different sizes.
//
// Requests are counted: whole object stores on many nodes, in one process, with everything but the wire. What goes on
// at rest follows from the intervals. Fails if a request costs more in a larger cluster.
//
//   message_bench
#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "cluster/gossip.hpp"
#include "cluster/session.hpp"
#include "object/testing/object_cluster.hpp"

namespace garage {
namespace {

using object::testing::noise;
using object::testing::ObjectCluster;

constexpr size_t kKeys = 64;

class Counter {
 public:
  explicit Counter(ObjectCluster& cluster) : cluster_(cluster) {}

  // Questions to other nodes for each of `times` calls of `work`, with what goes on behind the answer.
  template <class Work>
  double per_call(size_t times, Work work) {
    const size_t before = total();
    for (size_t i = 0; i < times; ++i) work(i);
    while (cluster_.world.loop.run() > 0) {
    }
    return static_cast<double>(total() - before) / static_cast<double>(times);
  }

 private:
  size_t total() const {
    size_t sum = 0;
    for (const auto& [node, port] : cluster_.world.board.ports) sum += port.questions;
    return sum;
  }

  ObjectCluster& cluster_;
};

struct Costs {
  double put_small, put_block, get_small, get_block, list, remove;
};

bool good = true;

void expect(bool is_so, const char* what) {
  if (!is_so) std::fprintf(stderr, "failed: %s\n", what);
  good = good && is_so;
}

Costs count(size_t nodes) {
  ObjectCluster cluster(nodes);
  Counter counter(cluster);
  const auto key = [](const char* kind, size_t i) { return fmt::format("{}{:03}", kind, i); };
  const std::string block = noise(1, 20'000);
  // Asked of every node in turn: some hold what is asked for, most do not.
  const auto at = [nodes](size_t i) { return i * 7 % nodes; };
  Costs out{};
  out.put_small =
      counter.per_call(kKeys, [&](size_t i) { expect(cluster.put(at(i), key("s", i), "x").has_value(), "put"); });
  out.put_block = counter.per_call(
      kKeys, [&](size_t i) { expect(cluster.put(at(i), key("b", i), block + key("", i)).has_value(), "put"); });
  out.get_small = counter.per_call(kKeys, [&](size_t i) { expect(cluster.get(at(i), key("s", i)) == "x", "get"); });
  out.get_block =
      counter.per_call(kKeys, [&](size_t i) { expect(cluster.get(at(i), key("b", i)) == block + key("", i), "get"); });
  out.list = counter.per_call(kKeys, [&](size_t i) { expect(cluster.keys(at(i)).size() == 2 * kKeys, "list"); });
  out.remove =
      counter.per_call(kKeys, [&](size_t i) { expect(cluster.remove(at(i), key("s", i)).has_value(), "delete"); });
  return out;
}

void print_requests() {
  std::printf("Questions to other nodes for one request, replication factor 3, a bucket spread over 4 shards:\n\n");
  std::printf(
      "| nodes | PUT small | PUT one block | GET small | GET one block | list page | DELETE "
      "|\n|---|---|---|---|---|---|---|\n");
  std::map<size_t, Costs> all;
  for (const size_t nodes : {3, 10, 100, 250}) {
    const Costs costs = all[nodes] = count(nodes);
    std::printf("| %zu | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n", nodes, costs.put_small, costs.put_block,
                costs.get_small, costs.get_block, costs.list, costs.remove);
    std::fflush(stdout);
  }
  // From 100 nodes on, who asks hardly ever holds what is asked for: nothing more is added.
  const Costs &many = all[100], &most = all[250];
  expect(most.put_small <= many.put_small + 0.5 && most.put_block <= many.put_block + 0.5, "a PUT does not grow");
  expect(most.get_small <= many.get_small + 0.5 && most.get_block <= many.get_block + 0.5, "a GET does not grow");
  expect(most.remove <= many.remove + 0.5, "a DELETE does not grow");
  expect(most.list <= 4 * 2 + 1, "a list page asks a quorum of each shard at most");
}

void print_rest() {
  std::printf("\nMessages that one node sends in a second at rest, with the answers it gives:\n\n");
  std::printf(
      "| nodes | pings every | pings | statuses every | statuses | silence suspected after "
      "|\n|---|---|---|---|---|---|\n");
  for (const size_t nodes : {3, 10, 50, 100, 250, 1000}) {
    const auto others = static_cast<double>(nodes - 1);
    const auto seconds = [](Duration time) { return std::chrono::duration<double>(time).count(); };
    const auto control = cluster::ping_options({}, nodes - 1, true);
    const auto beside = cluster::ping_options({}, nodes - 1, false);
    const auto gossip = cluster::gossip_interval(5s, nodes - 1);
    std::printf("| %zu | %g s | %.0f | %g s | %.0f | %g s |\n", nodes, seconds(control.interval),
                2 * others * (1 / seconds(control.interval) + 1 / seconds(beside.interval)), seconds(gossip),
                2 * others / seconds(gossip), seconds(control.suspect_after));
  }
}

}  // namespace
}  // namespace garage

int main() {
  garage::print_rest();
  garage::print_requests();
  return garage::good ? 0 : 1;
}

#include "sim/cluster_life.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "sim/cluster_accidents.hpp"
#include "sim/cluster_checks.hpp"
#include "sim/cluster_clients.hpp"
#include "sim/cluster_world.hpp"

namespace garage::sim {
namespace {

constexpr Duration kStormLongest = 150s;
constexpr Duration kMendLongest = 120s;    // until every node is up
constexpr Duration kLayoutLongest = 600s;  // until every change of the layout has ended
constexpr Duration kReadLongest = 300s;    // for the final reads
constexpr Duration kEqualLongest = 1800s;  // until replicas are equal and nothing is left over
// Until then the parts of uploads that have ended can stand in the way of a listing.
constexpr int kAbortsMax = 10;
// Longer than any lease, grace or memory, and than any clock was ahead.
constexpr Duration kLater = 13h;

// What nodes have to say goes into the trace.
class TraceSink final : public log::Sink {
 public:
  explicit TraceSink(ClusterHistory& history) : history_(history) { log::install_sink(this); }
  ~TraceSink() override { log::install_sink(nullptr); }
  bool wants(log::Level level, std::string_view) override { return level <= log::Level::kWarn; }
  void write(log::Level, std::string_view component, std::string_view message) override {
    const auto* loop = dynamic_cast<SimLoop*>(runtime::Loop::current());
    const uint64_t node = loop ? (loop->trace_tag() >> 32) - 1 : 0;
    history_.say(fmt::format("node {} says [{}] {}", node, component, message));
  }

 private:
  ClusterHistory& history_;
};

Task<Result<uint64_t>> abort_uploads(daemon::Node* node, object::BucketRef bucket) {
  auto context = node->admin_context();
  co_return co_await context.objects.abort_uploads(bucket, UINT64_MAX);
}

class Life {
 public:
  Life(uint64_t seed, const ClusterScenario& scenario)
      : cluster_(seed, scenario), history_(cluster_.history()), sink_(history_) {}

  ClusterLife live() {
    if (cluster_.form()) {
      storm();
      if (calm()) look();
      history_.judge(cluster_.plan().replication_factor == 2, cluster_.counts());
    }
    return take();
  }

 private:
  World& world() { return cluster_.world(); }

  void storm() {
    clients_.start();
    accidents_.start();
    world().run_until([this] { return clients_.done(); }, kStormLongest);
  }

  bool calm() {
    accidents_.calm();
    if (!world().run_until([this] { return cluster_.all_up(); }, kMendLongest)) {
      return history_.broken("not all nodes are up although all is mended"), false;
    }
    world().run_for(30s);  // links are dialled again, what was under way ends
    const Duration began = world().now();
    while (!checks_.layout_is_settled()) {
      if (world().now() - began > kLayoutLongest) {
        return history_.broken("a layout change does not end although all is mended"), false;
      }
      world().run_for(1s);
    }
    history_.healed();
    history_.say("all is well; everything is read through every node");
    clients_.start_final_reads();
    if (!world().run_until([this] { return clients_.done(); }, kReadLongest)) {
      return history_.broken("final reads do not end"), false;
    }
    return true;
  }

  // Uploads that nobody completed, also those of which nobody knows, are aborted; then time passes.
  void look() {
    auto aborted = cluster_.run_on(0, abort_uploads(cluster_.member(0).node, cluster_.bucket()));
    for (int again = 0; again < kAbortsMax && aborted && !*aborted; ++again) {
      history_.say("uploads are not aborted yet: " + aborted->error().message);
      world().run_for(30s);
      aborted = cluster_.run_on(0, abort_uploads(cluster_.member(0).node, cluster_.bucket()));
    }
    if (!aborted || !*aborted) {
      history_.broken("uploads are not aborted: " + (aborted ? aborted->error().message : "no answer"));
      return;
    }
    history_.say(fmt::format("{} uploads are aborted; a day passes", **aborted));
    for (NodeIndex i = 0; i < cluster_.node_count(); ++i) cluster_.member(i).machine->clock().jump_wall(kLater);
    const Duration began = world().now();
    auto differences = checks_.differences();
    while (!differences.empty() && world().now() - began < kEqualLongest) {
      world().run_for(10s);
      differences = checks_.differences();
    }
    history_.say(fmt::format("after {} s of calm: {} differences", (world().now() - began) / 1s, differences.size()));
    for (auto& difference : differences) history_.broken("for ever: " + difference);
    if (!differences.empty()) return;
    for (auto& lie : checks_.lies()) history_.broken(std::move(lie));
  }

  ClusterLife take() {
    ClusterLife out;
    out.problems = history_.problems();
    out.trace = history_.trace();
    for (const auto& key : history_.bad_keys()) {
      out.trace.push_back("history of " + key);
      for (const auto& entry : history_.of(key)) out.trace.push_back("  " + to_string(entry));
    }
    out.plan = to_string(cluster_.plan());
    out.counts = cluster_.counts();
    out.lived = world().now();
    out.events = world().scheduler().events_run();
    out.final_number = world().final_number() ^ cluster_.random().next();
    return out;
  }

  ClusterWorld cluster_;
  ClusterHistory& history_;
  TraceSink sink_;
  ClusterClients clients_{cluster_};
  ClusterAccidents accidents_{cluster_};
  ClusterChecks checks_{cluster_};
};

}  // namespace

ClusterLife live_cluster(uint64_t seed, const ClusterScenario& scenario) {
  return Life(seed, scenario).live();
}

std::string describe(uint64_t seed, const ClusterLife& life) {
  std::string out = fmt::format("seed {}\n{}", seed, life.plan);
  for (const auto& line : life.trace) out += line + "\n";
  out += "wrong with it:\n";
  for (const auto& problem : life.problems) out += "  " + problem + "\n";
  return out + fmt::format("again: cluster_storm --seeds {0}..{0} --show\n", seed);
}

}  // namespace garage::sim

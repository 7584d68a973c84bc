// Deep runs of whole clusters under storms: cluster_storm --seeds A..B [--without RULE] [--show] [--rows-only]
//
// Prints what is wrong with every bad seed (with --show all that happened) and a summary. Exit status: 0 none was bad,
// 1 some were, 2 wrong usage.
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "sim/cluster_life.hpp"
#include "sim/seed_range.hpp"

namespace garage::sim {
namespace {

struct Options {
  SeedRange seeds{1, 100};
  bool show = false;
  std::string without;  // as given
  ClusterScenario scenario;
};

std::optional<Options> parse(int count, char** arguments) {
  Options out;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--show") {
      out.show = true;
      continue;
    }
    if (name == "--rows-only") {
      out.scenario.rows_only = true;
      out.without += " --rows-only";
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::string value = arguments[i];
    if (name == "--seeds") {
      const auto seeds = parse_seed_range(value);
      if (!seeds) return std::nullopt;
      out.seeds = *seeds;
    } else if (name == "--without") {
      if (!plant_bug(value, out.scenario)) return std::nullopt;
      out.without += " --without " + value;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

int run(const Options& options) {
  ClusterCounts counts;
  uint64_t bad = 0;
  Duration lived{0};
  for (uint64_t seed = options.seeds.first; seed <= options.seeds.last; ++seed) {
    const ClusterLife life = live_cluster(seed, options.scenario);
    counts.add(life.counts);
    lived += life.lived;
    if (options.show) fmt::print("{}", describe(seed, life));
    if (life.good()) continue;
    ++bad;
    fmt::print("bad seed {}: {}\n  again: cluster_storm --seeds {}..{}{} --show\n", seed, life.problems.front(), seed,
               seed, options.without);
    std::fflush(stdout);
  }
  fmt::print("{} bad of {}, {} min lived; {}\n", bad, options.seeds.last + 1 - options.seeds.first, lived / 1min,
             to_string(counts));
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace garage::sim

int main(int argc, char** argv) {
  const auto options = garage::sim::parse(argc, argv);
  if (!options) {
    fmt::print(stderr,
               "usage: cluster_storm [--seeds A..B] [--show] [--rows-only] [--without "
               "fence|full-round|write-back|retry-keeps-ord|lineage|settled-listings|sync-before-answer|conditions|"
               "quorum-reads|right-bytes|comparing]\n");
    return 2;
  }
  return garage::sim::run(*options);
}

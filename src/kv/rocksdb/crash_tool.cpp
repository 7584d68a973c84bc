// For scripts/power_cut_kv.sh: writes until it is killed, or looks at what is left.
//
//   kv_crash_tool write DIRECTORY 0 synced|relaxed    prints the number of each change that must survive, once it must
//   kv_crash_tool verify DIRECTORY N synced|relaxed   are changes 1..N there, and nothing halfway? prints the last one
//
// "lying" instead of the last word acknowledges what was not synced: the script must notice.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "kv/rocksdb/testing/crash_load.hpp"

namespace garage::kv {
namespace {

int explain(const Error& error) {
  fmt::print(stderr, "{}: {}\n", to_string(error.kind), error.message);
  return 1;
}

int write_until_killed(const std::string& directory, Durability durability, bool lie) {
  RocksOptions options = crash_load::small_options(directory);
  options.durability = durability;
  auto store = open_rocks_store(options);
  if (!store) return explain(store.error());
  auto last = crash_load::last_change(**store);
  if (!last) return explain(last.error());
  for (uint64_t n = *last + 1;; ++n) {
    if (auto written = (*store)->write(crash_load::change(n), durability); !written) return explain(written.error());
    if (durability == Durability::kRelaxed && !lie) {
      if (n % 100 != 0) continue;
      if (auto synced = (*store)->sync(); !synced) return explain(synced.error());
    }
    fmt::print("{}\n", n);
    std::fflush(stdout);
  }
}

int verify(const std::string& directory, uint64_t expected, Durability durability) {
  RocksOptions options = crash_load::small_options(directory);
  options.durability = durability;
  auto store = open_rocks_store(options);
  if (!store) return explain(store.error());
  auto last = crash_load::last_change(**store);
  if (!last) return explain(last.error());
  if (*last < expected) {
    fmt::print(stderr, "LOST: change {} was acknowledged, {} is the last one there\n", expected, *last);
    return 1;
  }
  if (auto state = crash_load::check_state(**store, *last); !state) return explain(state.error());
  fmt::print("{}\n", *last);
  return 0;
}

}  // namespace
}  // namespace garage::kv

int main(int argc, char** argv) {
  using garage::kv::Durability;
  const std::string_view what = argc == 5 ? argv[1] : "";
  const std::string_view how = argc == 5 ? argv[4] : "";
  const Durability durability = how == "synced" ? Durability::kSynced : Durability::kRelaxed;
  if (what == "write") return garage::kv::write_until_killed(argv[2], durability, how == "lying");
  if (what == "verify") return garage::kv::verify(argv[2], std::strtoull(argv[3], nullptr, 10), durability);
  fmt::print(stderr, "usage: kv_crash_tool write|verify DIRECTORY N synced|relaxed|lying\n");
  return 2;
}

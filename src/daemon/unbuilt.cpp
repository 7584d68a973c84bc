#include "daemon/unbuilt.hpp"

#include <fmt/format.h>

#include <string_view>

namespace garage::daemon {

std::vector<std::string> unbuilt_settings(const config::Settings& settings) {
  const config::Settings defaults;
  std::vector<std::string> out;
  const auto warn = [&out](bool is_set, std::string_view key, std::string_view what) {
    if (is_set) out.push_back(fmt::format("{} is set, but {} is not implemented yet", key, what));
  };
  warn(settings.k2v_api.present, "[k2v_api]", "the K2V API");
  warn(settings.block_max_concurrent_reads != defaults.block_max_concurrent_reads, "block_max_concurrent_reads",
       "limiting reads");
  warn(settings.metadata_auto_snapshot_interval.has_value(), "metadata_auto_snapshot_interval", "taking snapshots");
  warn(settings.metadata_snapshots_dir.has_value(), "metadata_snapshots_dir", "taking snapshots");
  warn(settings.disable_scrub, "disable_scrub", "reading all blocks to verify them");
  warn(settings.use_local_tz, "use_local_tz", "running lifecycle rules");
  warn(settings.rpc_timeout != defaults.rpc_timeout, "rpc_timeout_msec",
       "another limit than those of each kind of request");
  return out;
}

}  // namespace garage::daemon

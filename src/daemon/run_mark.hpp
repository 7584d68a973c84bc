// How the last run of this node ended: the file `run_state` in metadata_dir holds the boot of the machine and whether
// the stop was clean. A run that ended otherwise under another boot was a crash of the machine, after which relaxed
// writes may be missing.
#pragma once

#include <string>

#include "base/result.hpp"
#include "env/disk.hpp"

namespace garage::daemon {

enum class LastRun : unsigned char {
  kNone,  // the first start
  kClean,
  kProcessEnded,  // killed or crashed; the machine went on, so nothing is missing
  kMachineEnded,  // power cut or reset
};

// Blocking. `boot_id` may be empty where the system has none; then an unclean end counts as the machine's.
Result<LastRun> begin_run(env::Disk& disk, const std::string& metadata_dir, const std::string& boot_id);
Result<void> end_run(env::Disk& disk, const std::string& metadata_dir, const std::string& boot_id);

}  // namespace garage::daemon

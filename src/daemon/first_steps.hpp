// The set-up of a node that stands alone: its layout, a first key, a first bucket. Safe to repeat at every start; what
// was done before an error stays done.
#pragma once

#include "admin/layout_keeper.hpp"
#include "config/settings.hpp"
#include "daemon/start_flags.hpp"
#include "env/disk.hpp"
#include "model/settings.hpp"
#include "runtime/task.hpp"

namespace garage::daemon {

// Without touching anything: are the flags possible together, and is all there that they need?
Result<void> check_flags(const StartFlags& flags, const config::Settings& settings);

// Blocking.
Result<void> apply_single_node(env::Disk& disk, admin::LayoutKeeper& layout, const NodeId& self,
                               const config::Settings& settings);

Task<Result<void>> apply_default_key_and_bucket(model::Settings& settings, StartFlags flags);

}  // namespace garage::daemon

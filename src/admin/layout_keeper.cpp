#include "admin/layout_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "admin/node_identity.hpp"
#include "base/log.hpp"
#include "env/small_file.hpp"
#include "layout/memory.hpp"

namespace garage::admin {
namespace {

std::unexpected<Error> damaged(const std::string& path, const Error& error) {
  return fail(
      error.kind,
      fmt::format(
          "The cluster layout {0} cannot be read ({1}). The node does not start, because without its layout it "
          "would take itself for a new one. Put a good copy in its place: that of another node of the cluster, or "
          "where there is none the content before the last change, {0}.previous",
          path, error.message));
}

// Then there was one: a new node has neither.
bool has_previous(env::Disk& disk, const std::string& path) {
  const auto previous = env::read_file(disk, path + ".previous");
  return previous || previous.error().kind != ErrorKind::kNotFound;
}

Result<layout::History> read_history(env::Disk& disk, const std::string& path, uint32_t replication_factor) {
  layout::History history;
  auto content = env::read_file(disk, path);
  if (content) {
    auto decoded = layout::decode_history(*content);
    if (!decoded) return damaged(path, decoded.error());
    if (auto usable = layout::check_usable(*decoded, layout::kPartitionCount); !usable) {
      return damaged(path, usable.error());
    }
    history = std::move(*decoded);
  } else if (content.error().kind != ErrorKind::kNotFound || has_previous(disk, path)) {
    return damaged(path, content.error());
  }
  // Nothing is stored under what is only staged.
  if (history.versions.empty()) history.replication_factor = replication_factor;
  if (history.replication_factor != replication_factor) {
    return fail(ErrorKind::kInvalid,
                fmt::format("Prior cluster layout has replication factor {0}, but replication_factor is {1} in the "
                            "configuration file. Set it "
                            "back, or delete {2} and {2}.previous to begin a new layout (the data of the old one will "
                            "not be found)",
                            history.replication_factor, replication_factor, path));
  }
  return history;
}

LayoutSnapshot to_snapshot(layout::History history, const NodeId& self) {
  auto state = std::make_shared<LayoutState>();
  state->current = layout::current_layout(history);
  state->encoded = layout::encode_history(history);
  state->digest = layout::digest_of(history);
  state->revoked = history.revoked.contains(self);
  state->history = std::move(history);
  return state;
}

void log_dropped(const layout::Merged& merged) {
  for (const auto& dropped : merged.dropped) {
    LOG_WARN("layout", "two versions of the cluster layout with number {} were applied at once: {} is kept, {} dropped",
             dropped.version, dropped.kept.hex().substr(0, 16), dropped.dropped.hex().substr(0, 16));
  }
}

std::string command_for(const NodeId& node, const std::optional<layout::Role>& role) {
  if (!role) return "garage layout remove " + short_id(node);
  std::string out = fmt::format("garage layout assign {} -z {}", short_id(node), role->zone);
  out += role->capacity_bytes ? fmt::format(" -c {}B", *role->capacity_bytes) : " -g";
  for (const std::string& tag : role->tags) out += " -t " + tag;
  return out;
}

void log_dropped_staging(const layout::Merged& merged) {
  for (const auto& [node, role] : merged.dropped_roles) {
    LOG_WARN("layout",
             "a staged change was dropped, for another node applied or staged others meanwhile. If it is still "
             "wanted: {}",
             command_for(node, role));
  }
}

void say_revoked(const NodeId& self) {
  LOG_ERROR("layout",
            "node {0} is revoked: it serves and votes nothing. To replace it stop it, empty its metadata and data "
            "directories with node_key, start it as a new node, and give that the role: `garage layout assign NEW "
            "--replace {0}`, then `garage layout apply`",
            short_id(self));
}

}  // namespace

Result<std::unique_ptr<LayoutKeeper>> LayoutKeeper::open(env::Disk& disk, runtime::Pool& disk_pool,
                                                         const std::string& metadata_dir, uint32_t replication_factor,
                                                         const NodeId& self) {
  std::unique_ptr<LayoutKeeper> keeper(new LayoutKeeper(disk, disk_pool, metadata_dir + "/cluster_layout", self));
  TRY(auto history, read_history(disk, keeper->path_, replication_factor));
  // Nothing of an earlier stage is being carried out: this node has only started.
  keeper->progress_.fenced_stage = layout::enterable_stage(history);
  keeper->show(to_snapshot(std::move(history), self));
  if (keeper->snapshot()->revoked) say_revoked(self);
  return keeper;
}

void LayoutKeeper::show(LayoutSnapshot snapshot) {
  revoked_.store(snapshot->revoked, std::memory_order_release);
  may_be_asked_.store(!snapshot->revoked && !snapshot->history.versions.empty(), std::memory_order_release);
  shown_.store(std::move(snapshot));
}

std::string LayoutKeeper::cluster() const {
  const LayoutSnapshot shown = snapshot();
  return shown->history.origin.is_zero() ? std::string() : std::string(shown->history.origin.view());
}

bool LayoutKeeper::has_role(const NodeId& node) const {
  const LayoutSnapshot shown = snapshot();
  const auto& versions = shown->history.versions;
  return std::any_of(versions.lower_bound(shown->history.settled), versions.end(),
                     [&](const auto& entry) { return entry.second.layout->roles.contains(node); });
}

Result<bool> LayoutKeeper::save_and_show(layout::History history) {
  const LayoutSnapshot before = snapshot();
  layout::announce(history, self_, progress_);
  if (history == before->history) return false;
  LayoutSnapshot after = to_snapshot(std::move(history), self_);
  if (auto saved = env::replace_file(disk_, path_, after->encoded, 0600, true); !saved) {
    return std::unexpected(saved.error().within("cannot save the cluster layout"));
  }
  if (after->revoked && !before->revoked) say_revoked(self_);
  show(std::move(after));
  return true;
}

Result<void> LayoutKeeper::database_is_new() {
  std::lock_guard lock(edit_mutex_);
  layout::History changed = snapshot()->history;
  if (!layout::took_part(changed, self_) || changed.revoked.contains(self_)) return {};
  LOG_ERROR("layout", "the database of this node is gone, and with it what it acknowledged in the cluster");
  CHECK_OK(layout::revoke(changed, {self_}));
  CHECK_OK(save_and_show(std::move(changed)));
  return {};
}

Result<Layout> LayoutKeeper::edit_now(const Edit& edit) {
  std::lock_guard lock(edit_mutex_);
  if (snapshot()->revoked) {
    return fail(ErrorKind::kInvalid, "This node was revoked from its cluster: change the layout at another node");
  }
  layout::History changed = snapshot()->history;
  CHECK_OK(edit(changed));
  CHECK_OK(save_and_show(std::move(changed)));
  return current();
}

Result<bool> LayoutKeeper::merge_now(const std::string& encoded) {
  TRY(const layout::History theirs, layout::decode_history(encoded));
  CHECK_OK(layout::check_usable(theirs, layout::kPartitionCount));
  std::lock_guard lock(edit_mutex_);
  layout::History merged = snapshot()->history;
  const bool forgotten = layout::has_forgotten(merged, theirs, self_);
  TRY(const layout::Merged report, layout::merge(merged, theirs));
  if (!report.changed) return false;
  log_dropped(report);
  log_dropped_staging(report);
  if (forgotten) {
    LOG_ERROR("layout",
              "other nodes know more of what this node did than it does itself: its metadata is gone, or was "
              "put back from an older copy");
    CHECK_OK(layout::revoke(merged, {self_}));
  }
  return save_and_show(std::move(merged));
}

Result<bool> LayoutKeeper::made_progress_now(const layout::Progress& progress) {
  std::lock_guard lock(edit_mutex_);
  progress_.fenced_stage = std::max(progress_.fenced_stage, progress.fenced_stage);
  progress_.handed_over = std::max(progress_.handed_over, progress.handed_over);
  return save_and_show(snapshot()->history);
}

Task<Result<Layout>> LayoutKeeper::edit(Edit edit) {
  auto work = [this, edit = std::move(edit)] { return edit_now(edit); };
  co_return co_await runtime::run_on(disk_pool_, std::move(work));
}

Task<Result<bool>> LayoutKeeper::merge_remote(std::string encoded) {
  auto work = [this, encoded = std::move(encoded)] { return merge_now(encoded); };
  co_return co_await runtime::run_on(disk_pool_, std::move(work));
}

Task<Result<bool>> LayoutKeeper::made_progress(layout::Progress progress) {
  co_return co_await runtime::run_on(disk_pool_, [this, progress] { return made_progress_now(progress); });
}

}  // namespace garage::admin

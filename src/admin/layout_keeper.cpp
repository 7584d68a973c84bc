#include "admin/layout_keeper.hpp"

#include <fmt/format.h>

#include "env/small_file.hpp"

namespace garage::admin {
namespace {

std::unexpected<Error> damaged(const std::string& path, const Error& error) {
  return fail(
      error.kind,
      fmt::format(
          "The cluster layout {0} cannot be read ({1}). The node does not start, because without its layout it would "
          "take "
          "itself for a new one. Put a good copy in its place: the content before the last change is {0}.previous",
          path, error.message));
}

}  // namespace

Result<std::unique_ptr<LayoutKeeper>> LayoutKeeper::open(env::Disk& disk, runtime::Pool& disk_pool,
                                                         const std::string& metadata_dir, uint32_t replication_factor) {
  std::unique_ptr<LayoutKeeper> keeper(new LayoutKeeper(disk, disk_pool, metadata_dir + "/cluster_layout"));
  layout::ClusterLayout layout;
  layout.replication_factor = replication_factor;
  auto content = env::read_file(disk, keeper->path_);
  if (content) {
    auto decoded = layout::decode_cluster_layout(*content);
    if (!decoded) return damaged(keeper->path_, decoded.error());
    layout = std::move(*decoded);
  } else if (content.error().kind != ErrorKind::kNotFound) {
    return damaged(keeper->path_, content.error());
  }
  if (layout.replication_factor != replication_factor) {
    return fail(ErrorKind::kInvalid,
                fmt::format("Prior cluster layout has replication factor {}, but replication_factor is {} in the "
                            "configuration file. Set it "
                            "back, or delete {} to begin a new layout (the data of the old one will not be found)",
                            layout.replication_factor, replication_factor, keeper->path_));
  }
  keeper->current_.store(std::make_shared<const layout::ClusterLayout>(std::move(layout)));
  return keeper;
}

Result<Layout> LayoutKeeper::edit_now(const Edit& edit) {
  std::lock_guard lock(edit_mutex_);
  layout::ClusterLayout changed = *current_.load();
  CHECK_OK(edit(changed));
  if (auto saved = env::replace_file(disk_, path_, layout::encode_cluster_layout(changed), 0600, true); !saved) {
    return std::unexpected(saved.error().within("cannot save the cluster layout"));
  }
  auto shown = std::make_shared<const layout::ClusterLayout>(std::move(changed));
  current_.store(shown);
  return shown;
}

Task<Result<Layout>> LayoutKeeper::edit(Edit edit) {
  co_return co_await runtime::run_on(disk_pool_, [this, edit = std::move(edit)] { return edit_now(edit); });
}

}  // namespace garage::admin

#include "admin/operations.hpp"

#include <algorithm>
#include <array>

namespace garage::admin {
namespace {

constexpr std::array<std::string_view, 4> kOfHttp = {"CheckDomain", "Health", "Metrics", "Options"};

}  // namespace

const std::vector<Operation>& operation_table() {
  static const std::vector<Operation> table = {
      {"AddBucketAlias", true, add_bucket_alias},
      {"AllowBucketKey", true, allow_bucket_key},
      {"ApplyClusterLayout", true, apply_cluster_layout},
      {"CleanupIncompleteUploads", true, cleanup_incomplete_uploads},
      {"ClusterLayoutSkipDeadNodes", true, cluster_layout_skip_dead_nodes},
      {"ConnectClusterNodes", true, connect_cluster_nodes},
      {"CreateAdminToken", true, create_admin_token},
      {"CreateBucket", true, create_bucket},
      {"CreateKey", true, create_key},
      {"DeleteAdminToken", true, delete_admin_token},
      {"DeleteBucket", true, delete_bucket},
      {"DeleteKey", true, delete_key},
      {"DenyBucketKey", true, deny_bucket_key},
      {"GetAdminTokenInfo", false, get_admin_token_info},
      {"GetBlockInfo", false, get_block_info},
      {"GetBucketInfo", false, get_bucket_info},
      {"GetClusterHealth", false, get_cluster_health},
      {"GetClusterLayout", false, get_cluster_layout},
      {"GetClusterLayoutHistory", false, get_cluster_layout_history},
      {"GetClusterStatistics", false, get_cluster_statistics},
      {"GetClusterStatus", false, get_cluster_status},
      {"GetCurrentAdminTokenInfo", false, get_current_admin_token_info},
      {"GetKeyInfo", false, get_key_info},
      {"GetNodeInfo", false, get_node_info},
      {"GetNodeStatistics", false, get_node_statistics},
      {"GetWorkerInfo", false, get_worker_info},
      {"GetWorkerVariable", false, get_worker_variable},
      {"ImportKey", true, import_key},
      {"InspectObject", false, inspect_object},
      {"LaunchRepairOperation", true, launch_repair_operation},
      {"ListAdminTokens", false, list_admin_tokens},
      {"ListBlockErrors", false, list_block_errors},
      {"ListBuckets", false, list_buckets},
      {"ListBucketsInfo", false, list_buckets_info},
      {"ListKeys", false, list_keys},
      {"ListKeysInfo", false, list_keys_info},
      {"ListWorkers", false, list_workers},
      {"PreviewClusterLayoutChanges", false, preview_cluster_layout_changes},
      {"PurgeBlocks", true, purge_blocks},
      {"RemoveBucketAlias", true, remove_bucket_alias},
      {"RetryBlockResync", true, retry_block_resync},
      {"RevertClusterLayout", true, revert_cluster_layout},
      {"SetWorkerVariable", true, set_worker_variable},
      {"UpdateAdminToken", true, update_admin_token},
      {"UpdateBucket", true, update_bucket},
      {"UpdateClusterLayout", true, update_cluster_layout},
      {"UpdateKey", true, update_key},
  };
  return table;
}

Task<Reply> run_operation(Context& context, std::string name, Json request) {
  const auto& table = operation_table();
  const auto operation = std::ranges::find(table, std::string_view(name), &Operation::name);
  if (operation == table.end() && std::ranges::find(kOfHttp, name) != kOfHttp.end()) {
    co_return invalid_request(name + " cannot be used outside of the HTTP Admin API");
  }
  if (operation == table.end()) co_return invalid_request("Unknown API endpoint: " + name);
  co_return co_await operation->run(context, std::move(request));
}

}  // namespace garage::admin

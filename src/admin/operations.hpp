// The operations of the admin API: one list for every way they are called (the command line, HTTP). One
// operation, or a few that belong together, a file in ops/.
//
// A request is one JSON object: query parameters and body members of the HTTP form together, or {"id": ..., "body":
// {...}}. Unknown members are ignored. Node-local operations take {"node": ..., "body": {...}} and answer {"success":
// {id: ...}, "error": {id: ...}}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/context.hpp"
#include "admin/error.hpp"
#include "codec/json.hpp"
#include "runtime/task.hpp"

namespace garage::admin {

using codec::Json;
using Reply = AdminResult<Json>;

struct Operation {
  std::string_view name;
  bool changes;  // or only looks
  Task<Reply> (*run)(Context& context, Json request);
};

// Sorted by name.
const std::vector<Operation>& operation_table();

// InvalidRequest for a name that is none.
Task<Reply> run_operation(Context& context, std::string name, Json request);

// Cluster
Task<Reply> get_cluster_status(Context& context, Json request);
Task<Reply> get_cluster_health(Context& context, Json request);
Task<Reply> connect_cluster_nodes(Context& context, Json request);
Task<Reply> get_cluster_statistics(Context& context, Json request);
Task<Reply> get_node_info(Context& context, Json request);
Task<Reply> get_node_statistics(Context& context, Json request);
// Background work and blocks
Task<Reply> list_workers(Context& context, Json request);
Task<Reply> get_worker_info(Context& context, Json request);
Task<Reply> get_worker_variable(Context& context, Json request);
Task<Reply> set_worker_variable(Context& context, Json request);
Task<Reply> launch_repair_operation(Context& context, Json request);
Task<Reply> list_block_errors(Context& context, Json request);
Task<Reply> get_block_info(Context& context, Json request);
Task<Reply> retry_block_resync(Context& context, Json request);
Task<Reply> purge_blocks(Context& context, Json request);
// Layout
Task<Reply> get_cluster_layout(Context& context, Json request);
Task<Reply> update_cluster_layout(Context& context, Json request);
Task<Reply> preview_cluster_layout_changes(Context& context, Json request);
Task<Reply> apply_cluster_layout(Context& context, Json request);
Task<Reply> revert_cluster_layout(Context& context, Json request);
Task<Reply> get_cluster_layout_history(Context& context, Json request);
Task<Reply> cluster_layout_skip_dead_nodes(Context& context, Json request);
// Buckets
Task<Reply> list_buckets(Context& context, Json request);
Task<Reply> get_bucket_info(Context& context, Json request);
Task<Reply> create_bucket(Context& context, Json request);
Task<Reply> delete_bucket(Context& context, Json request);
Task<Reply> update_bucket(Context& context, Json request);
Task<Reply> add_bucket_alias(Context& context, Json request);
Task<Reply> remove_bucket_alias(Context& context, Json request);
Task<Reply> allow_bucket_key(Context& context, Json request);
Task<Reply> deny_bucket_key(Context& context, Json request);
Task<Reply> cleanup_incomplete_uploads(Context& context, Json request);
Task<Reply> list_buckets_info(Context& context, Json request);
Task<Reply> inspect_object(Context& context, Json request);
// Keys
Task<Reply> list_keys_info(Context& context, Json request);
Task<Reply> list_keys(Context& context, Json request);
Task<Reply> get_key_info(Context& context, Json request);
Task<Reply> create_key(Context& context, Json request);
Task<Reply> import_key(Context& context, Json request);
Task<Reply> update_key(Context& context, Json request);
Task<Reply> delete_key(Context& context, Json request);
// Admin tokens
Task<Reply> list_admin_tokens(Context& context, Json request);
Task<Reply> get_admin_token_info(Context& context, Json request);
Task<Reply> get_current_admin_token_info(Context& context, Json request);
Task<Reply> create_admin_token(Context& context, Json request);
Task<Reply> update_admin_token(Context& context, Json request);
Task<Reply> delete_admin_token(Context& context, Json request);

}  // namespace garage::admin

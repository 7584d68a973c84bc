// The commands that are built, one file each or a few that belong together in commands/. Each reads session.arguments,
// asks the daemon through session.link, and writes to session.out.
#pragma once

#include "cli/session.hpp"

namespace garage::cli {

Result<void> run_status(Session& session);
Result<void> run_health(Session& session);
Result<void> run_stats(Session& session);
Result<void> run_node_id(Session& session);
Result<void> run_node_connect(Session& session);

Result<void> run_layout_assign(Session& session);
Result<void> run_layout_remove(Session& session);
Result<void> run_layout_config(Session& session);
Result<void> run_layout_show(Session& session);
Result<void> run_layout_apply(Session& session);
Result<void> run_layout_revert(Session& session);
Result<void> run_layout_history(Session& session);
Result<void> run_layout_skip_dead_nodes(Session& session);

Result<void> run_bucket_list(Session& session);
Result<void> run_bucket_info(Session& session);
Result<void> run_bucket_create(Session& session);
Result<void> run_bucket_delete(Session& session);
Result<void> run_bucket_alias(Session& session);
Result<void> run_bucket_unalias(Session& session);
Result<void> run_bucket_allow(Session& session);
Result<void> run_bucket_deny(Session& session);
Result<void> run_bucket_website(Session& session);
Result<void> run_bucket_set_quotas(Session& session);
Result<void> run_bucket_cleanup(Session& session);
Result<void> run_bucket_inspect_object(Session& session);

Result<void> run_key_list(Session& session);
Result<void> run_key_info(Session& session);
Result<void> run_key_export_env(Session& session);
Result<void> run_key_create(Session& session);
Result<void> run_key_set(Session& session);
Result<void> run_key_rename(Session& session);
Result<void> run_key_delete(Session& session);
Result<void> run_key_delete_expired(Session& session);
Result<void> run_key_allow(Session& session);
Result<void> run_key_deny(Session& session);
Result<void> run_key_import(Session& session);

Result<void> run_repair(Session& session);
Result<void> run_worker_list(Session& session);
Result<void> run_worker_info(Session& session);
Result<void> run_worker_get(Session& session);
Result<void> run_worker_set(Session& session);
Result<void> run_block_list_errors(Session& session);
Result<void> run_block_info(Session& session);
Result<void> run_block_retry_now(Session& session);
Result<void> run_block_purge(Session& session);

Result<void> run_admin_token_list(Session& session);
Result<void> run_admin_token_info(Session& session);
Result<void> run_admin_token_create(Session& session);
Result<void> run_admin_token_rename(Session& session);
Result<void> run_admin_token_set(Session& session);
Result<void> run_admin_token_delete(Session& session);
Result<void> run_admin_token_delete_expired(Session& session);

Result<void> run_json_api(Session& session);
Result<void> run_admin_api_schema(Session& session);
Result<void> run_completions(Session& session);
Result<void> run_config_example(Session& session);
Result<void> run_convert_db(Session& session);

}  // namespace garage::cli

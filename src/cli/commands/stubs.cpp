#include "cli/commands.hpp"

namespace garage::cli {
Result<void> run_status(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_health(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_stats(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_node_id(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_layout_assign(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_layout_remove(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_layout_config(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_layout_show(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_layout_apply(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_layout_revert(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_list(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_info(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_create(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_delete(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_alias(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_unalias(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_allow(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_deny(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_website(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_set_quotas(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_bucket_cleanup(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_list(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_info(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_export_env(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_create(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_set(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_rename(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_delete(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_delete_expired(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_allow(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_deny(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_key_import(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_json_api(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
Result<void> run_completions(Session&) {
  return fail(ErrorKind::kUnsupported, "not implemented yet");
}
}  // namespace garage::cli

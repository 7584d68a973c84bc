#include <array>
#include <utility>

#include "cli/command.hpp"
#include "cli/commands.hpp"

namespace garage::cli {
namespace {

using enum Form;

constexpr bool kRequired = true;

Argument positional(std::string_view name, std::string_view help, bool required = kRequired) {
  return {kPositional, name, "", help, required};
}
Argument positionals(std::string_view name, std::string_view help) {
  return {kPositionals, name, "", help, kRequired};
}
Argument option(std::string_view name, std::string_view spelling, std::string_view help, bool required = false) {
  return {kOption, name, spelling, help, required};
}
Argument options(std::string_view name, std::string_view spelling, std::string_view help) {
  return {kOptions, name, spelling, help, false};
}
Argument flag(std::string_view name, std::string_view spelling, std::string_view help) {
  return {kFlag, name, spelling, help, false};
}
Argument yes() {
  return flag("yes", "--yes", "Confirm");
}

const Argument kBucket = positional("bucket", "Bucket name, id, or the beginning of its id");
const Argument kKey = positional("key", "Key id, name, or the beginning of its id");
const Argument kToken = positional("token", "Token id, name, or the beginning of its id");
const Argument kLocal = option("local", "--local", "Name seen by this key only");
const Argument kAllNodes = flag("all-nodes", "-a,--all-nodes", "On all nodes");

void add_node_commands(std::vector<Command>& out) {
  out.push_back(
      {"server",
       "Run the server",
       {flag("single-node", "--single-node", "Set up a cluster of this node alone"),
        flag("default-access-key", "--default-access-key",
             "Create the key of GARAGE_DEFAULT_ACCESS_KEY and GARAGE_DEFAULT_SECRET_KEY"),
        flag("default-bucket", "--default-bucket", "Create the bucket of GARAGE_DEFAULT_BUCKET for that key")},
       Needs::kServer});
  out.push_back({"status", "Show the nodes of the cluster", {}, Needs::kDaemon, run_status});
  out.push_back({"health",
                 "Show the health of the cluster",
                 {flag("quiet", "-q,--quiet", "Only the exit code")},
                 Needs::kDaemon,
                 run_health});
  out.push_back({"node id",
                 "Show the id of this node",
                 {flag("quiet", "-q,--quiet", "Without explanations")},
                 Needs::kConfig,
                 run_node_id});
  out.push_back({"node connect",
                 "Connect to another node",
                 {positional("peer", "<id@host:port>")},
                 Needs::kDaemon,
                 run_node_connect});
}

void add_layout_commands(std::vector<Command>& out) {
  out.push_back({"layout assign",
                 "Stage roles of nodes",
                 {positionals("node", "Node id, or its beginning"), option("zone", "-z,--zone", "Zone of the node"),
                  option("capacity", "-c,--capacity", "Storage capacity, such as 100G or 2T"),
                  flag("gateway", "-g,--gateway", "A gateway: no storage"),
                  options("tag", "-t,--tag", "A tag; repeat, or separate by commas"),
                  options("replace", "--replace", "A node that leaves in the same change")},
                 Needs::kDaemon,
                 run_layout_assign});
  out.push_back({"layout remove",
                 "Stage the removal of a node",
                 {positional("node", "Node id, or its beginning")},
                 Needs::kDaemon,
                 run_layout_remove});
  out.push_back({"layout config",
                 "Stage parameters of the layout",
                 {option("redundancy", "-r,--redundancy", "Zone redundancy: none, max, or a number")},
                 Needs::kDaemon,
                 run_layout_config});
  out.push_back({"layout show", "Show the current layout and what is staged", {}, Needs::kDaemon, run_layout_show});
  out.push_back({"layout apply",
                 "Apply what is staged",
                 {option("version", "--version", "Number of the new version"),
                  options("revoke", "--revoke", "A dead node that leaves: not waited for, and refused for ever"),
                  flag("allow-missing-data", "--allow-missing-data", "Even where data may be missing without them")},
                 Needs::kDaemon,
                 run_layout_apply});
  out.push_back({"layout revert", "Drop what is staged", {yes()}, Needs::kDaemon, run_layout_revert});
  out.push_back({"layout history",
                 "Show the versions of the layout, and what a change waits for",
                 {},
                 Needs::kDaemon,
                 run_layout_history});
  out.push_back({"layout skip-dead-nodes",
                 "Go on without nodes that are not connected; they are refused for ever",
                 {option("version", "--version", "Version to reach", kRequired),
                  flag("allow-missing-data", "--allow-missing-data", "Even where data may be missing")},
                 Needs::kDaemon,
                 run_layout_skip_dead_nodes});
}

void add_bucket_commands(std::vector<Command>& out) {
  const auto rights = [](std::vector<Argument> first) {
    first.push_back(option("key", "--key", "Key id, name, or the beginning of its id", kRequired));
    first.push_back(flag("read", "--read", "Reading"));
    first.push_back(flag("write", "--write", "Writing"));
    first.push_back(flag("owner", "--owner", "Administration"));
    return first;
  };
  out.push_back({"bucket list", "List buckets", {}, Needs::kDaemon, run_bucket_list});
  out.push_back({"bucket info", "Show a bucket", {kBucket}, Needs::kDaemon, run_bucket_info});
  out.push_back({"bucket create",
                 "Create a bucket",
                 {positional("name", "Name of the new bucket")},
                 Needs::kDaemon,
                 run_bucket_create});
  out.push_back({"bucket delete", "Delete an empty bucket", {kBucket, yes()}, Needs::kDaemon, run_bucket_delete});
  out.push_back({"bucket alias",
                 "Give a bucket another name",
                 {positional("existing", "Bucket name or id"), positional("name", "New name"), kLocal},
                 Needs::kDaemon,
                 run_bucket_alias});
  out.push_back({"bucket unalias",
                 "Take a name from a bucket",
                 {positional("name", "The name"), kLocal},
                 Needs::kDaemon,
                 run_bucket_unalias});
  out.push_back({"bucket allow", "Give a key rights on a bucket", rights({kBucket}), Needs::kDaemon, run_bucket_allow});
  out.push_back(
      {"bucket deny", "Take rights on a bucket from a key", rights({kBucket}), Needs::kDaemon, run_bucket_deny});
  out.push_back({"bucket website",
                 "Serve a bucket as a website",
                 {kBucket, flag("allow", "--allow", "Serve it"), flag("deny", "--deny", "Do not serve it"),
                  option("index-document", "-i,--index-document", "Object for directories (index.html)"),
                  option("error-document", "-e,--error-document", "Object for errors")},
                 Needs::kDaemon,
                 run_bucket_website});
  out.push_back({"bucket set-quotas",
                 "Limit a bucket",
                 {kBucket, option("max-size", "--max-size", "Size, or none"),
                  option("max-objects", "--max-objects", "Number, or none")},
                 Needs::kDaemon,
                 run_bucket_set_quotas});
  out.push_back({"bucket cleanup-incomplete-uploads",
                 "Abort old multipart uploads",
                 {positionals("bucket", "Bucket names or ids"), option("older-than", "--older-than", "Duration (1d)")},
                 Needs::kDaemon,
                 run_bucket_cleanup});
  out.push_back({"bucket inspect-object",
                 "Show what is stored of an object",
                 {kBucket, positional("object", "Object key")},
                 Needs::kDaemon,
                 run_bucket_inspect_object});
}

void add_key_commands(std::vector<Command>& out) {
  const Argument expires = option("expires-in", "--expires-in", "Duration, such as 30d");
  const Argument never = flag("never-expires", "--never-expires", "No expiration");
  const Argument create_bucket = flag("create-bucket", "--create-bucket", "Creating buckets");
  out.push_back({"key list", "List access keys", {}, Needs::kDaemon, run_key_list});
  out.push_back({"key info",
                 "Show an access key",
                 {kKey, flag("show-secret", "--show-secret", "With its secret"),
                  flag("key-id", "--key-id", "Only its id"), flag("secret-key", "--secret-key", "Only its secret")},
                 Needs::kDaemon,
                 run_key_info});
  out.push_back({"key export-env",
                 "Print a key as environment variables",
                 {kKey, option("prefix", "--prefix", "Prefix of their names (AWS_)")},
                 Needs::kDaemon,
                 run_key_export_env});
  out.push_back({"key create",
                 "Create an access key",
                 {positional("name", "Name", false), expires},
                 Needs::kDaemon,
                 run_key_create});
  out.push_back({"key new",
                 "Create an access key",
                 {{kPositional, "name", "new-name", "Name", false}, option("name", "--name", "Name"), expires},
                 Needs::kDaemon,
                 run_key_create,
                 true});
  out.push_back({"key set", "Change an access key", {kKey, expires, never}, Needs::kDaemon, run_key_set});
  out.push_back(
      {"key rename", "Rename an access key", {kKey, positional("name", "New name")}, Needs::kDaemon, run_key_rename});
  out.push_back({"key delete", "Delete an access key", {kKey, yes()}, Needs::kDaemon, run_key_delete});
  out.push_back(
      {"key delete-expired", "Delete all expired access keys", {yes()}, Needs::kDaemon, run_key_delete_expired});
  out.push_back({"key allow", "Let a key create buckets", {kKey, create_bucket}, Needs::kDaemon, run_key_allow});
  out.push_back({"key deny", "Do not let a key create buckets", {kKey, create_bucket}, Needs::kDaemon, run_key_deny});
  out.push_back({"key import",
                 "Import an access key",
                 {positional("id", "Key id"), positional("secret", "Secret key"),
                  option("name", "-n", "Name (Imported key)"), yes()},
                 Needs::kDaemon,
                 run_key_import});
}

void add_admin_token_commands(std::vector<Command>& out) {
  const Argument expires = option("expires-in", "--expires-in", "Duration, such as 30d");
  out.push_back({"admin-token list", "List admin tokens", {}, Needs::kDaemon, run_admin_token_list});
  out.push_back({"admin-token info", "Show an admin token", {kToken}, Needs::kDaemon, run_admin_token_info});
  out.push_back(
      {"admin-token create",
       "Create an admin token",
       {positional("name", "Name", false), expires, option("scope", "--scope", "Operations, separated by commas (*)"),
        flag("quiet", "-q,--quiet", "Print the token only")},
       Needs::kDaemon,
       run_admin_token_create});
  out.push_back({"admin-token rename",
                 "Rename an admin token",
                 {kToken, positional("name", "New name")},
                 Needs::kDaemon,
                 run_admin_token_rename});
  out.push_back({"admin-token set",
                 "Change an admin token",
                 {kToken, expires, flag("never-expires", "--never-expires", "No expiration"),
                  option("scope", "--scope", "Operations; with + or - in front they are added or removed")},
                 Needs::kDaemon,
                 run_admin_token_set});
  out.push_back(
      {"admin-token delete", "Delete an admin token", {kToken, yes()}, Needs::kDaemon, run_admin_token_delete});
  out.push_back({"admin-token delete-expired",
                 "Delete all expired admin tokens",
                 {yes()},
                 Needs::kDaemon,
                 run_admin_token_delete_expired});
}

void add_operation_commands(std::vector<Command>& out) {
  out.push_back({"repair",
                 "Start a repair: tables, blocks, block-refs, block-rc, clear-resync-queue",
                 {kAllNodes, yes(), positionals("what", "What to repair")},
                 Needs::kDaemon,
                 run_repair});
  out.push_back({"offline-repair",
                 "Repair the database of a stopped server: object_counters, k2v_item_counters",
                 {yes(), positional("what", "What to repair")},
                 Needs::kNothing});
  out.push_back({"stats", "Show statistics", {kAllNodes}, Needs::kDaemon, run_stats});
  out.push_back({"worker list",
                 "List background workers",
                 {flag("busy", "-b,--busy", "Only busy ones"), flag("errors", "-e,--errors", "Only with errors")},
                 Needs::kDaemon,
                 run_worker_list});
  out.push_back({"worker info",
                 "Show a background worker",
                 {positional("worker", "Worker id")},
                 Needs::kDaemon,
                 run_worker_info});
  out.push_back({"worker get",
                 "Show variables of workers",
                 {positional("variable", "Its name", false), kAllNodes},
                 Needs::kDaemon,
                 run_worker_get});
  out.push_back({"worker set",
                 "Set a variable of workers",
                 {positional("variable", "Its name"), positional("value", "Its value"), kAllNodes},
                 Needs::kDaemon,
                 run_worker_set});
  out.push_back(
      {"block list-errors", "List blocks that could not be fetched", {}, Needs::kDaemon, run_block_list_errors});
  out.push_back({"block info",
                 "Show a block",
                 {positional("hash", "Its hash, or the beginning of it")},
                 Needs::kDaemon,
                 run_block_info});
  out.push_back({"block retry-now",
                 "Fetch blocks now",
                 {flag("all", "--all", "All with errors"), {kPositionals, "hash", "", "Hashes", false}},
                 Needs::kDaemon,
                 run_block_retry_now});
  out.push_back({"block purge",
                 "Delete what needs blocks that are lost",
                 {yes(), positionals("hash", "Hashes")},
                 Needs::kDaemon,
                 run_block_purge});
  out.push_back({"meta snapshot", "Take a snapshot of the metadata", {flag("all", "--all", "On all nodes")}});
  out.push_back({"convert-db",
                 "Convert a database of another engine",
                 {option("input-engine", "-a", "Its engine"), option("input", "-i", "Its path"),
                  option("output-engine", "-b", "New engine"), option("output", "-o", "New path"),
                  option("lmdb-map-size", "--lmdb-map-size", "Map size")},
                 Needs::kNothing,
                 run_convert_db});
  out.push_back({"json-api",
                 "Call an operation of the admin API",
                 {positional("operation", "Its name"), positional("payload", "JSON; - reads standard input", false)},
                 Needs::kDaemon,
                 run_json_api});
  out.push_back({"completions",
                 "Print a completion script",
                 {positional("shell", "bash, elvish, fish, powershell or zsh")},
                 Needs::kNothing,
                 run_completions});
  out.push_back(
      {"config-example", "Print a configuration file with every key", {}, Needs::kNothing, run_config_example});
  out.push_back(
      {"admin-api-schema", "Print the description of the admin API", {}, Needs::kNothing, run_admin_api_schema, true});
}

}  // namespace

const std::vector<Command>& command_table() {
  static const std::vector<Command> table = [] {
    std::vector<Command> out;
    add_node_commands(out);
    add_layout_commands(out);
    add_bucket_commands(out);
    add_key_commands(out);
    add_admin_token_commands(out);
    add_operation_commands(out);
    return out;
  }();
  return table;
}

std::string_view group_help(std::string_view group) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kGroups = {{
      {"node", "Nodes and how they connect"},
      {"layout", "Roles of nodes"},
      {"bucket", "Buckets"},
      {"key", "Access keys"},
      {"admin-token", "Tokens of the admin API"},
      {"worker", "Background workers"},
      {"block", "Blocks of objects"},
      {"meta", "The metadata database"},
  }};
  for (const auto& [name, help] : kGroups) {
    if (name == group) return help;
  }
  return {};
}

}  // namespace garage::cli

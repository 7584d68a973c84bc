#include "config/readers.hpp"
#include "config/table.hpp"

namespace garage::config {
namespace {

using enum Presence;
using S = Settings;

constexpr uint64_t kNoLimit = UINT64_MAX;

// Presence, type, default, example, help, and what it fills.
std::vector<Setting> make_table() {
  return {
      // Where things lie.
      {"metadata_dir", kRequired, "path", "", "\"/var/lib/garage/meta\"",
       "Directory of the node key, the layout and the metadata database. Made if missing.",
       path(field<&S::metadata_dir>)},
      {"data_dir", kRequired, "path, or array of tables", "", "\"/var/lib/garage/data\"",
       "Directory of the blocks of objects, or several: [{ path = \"/srv/hdd1\", capacity = \"2T\" }, { path = "
       "\"/srv/old\", "
       "read_only = true }], with capacities as their weights.",
       reads(field<&S::data_dir>, read_data_directories)},
      {"metadata_fsync", kOptional, "true or false", "true", "true",
       "What was answered is on the device, in the metadata. With false a power cut may lose the last second.",
       flag(field<&S::metadata_fsync>)},
      {"data_fsync", kOptional, "true or false", "true", "true", "The same for the blocks of objects.",
       flag(field<&S::data_fsync>)},
      {"metadata_snapshots_dir", kOptional, "path", "", "\"/var/lib/garage/snapshots\"",
       "Not built yet. Where snapshots of the metadata go; <metadata_dir>/snapshots if unset.",
       path(field<&S::metadata_snapshots_dir>)},
      {"metadata_auto_snapshot_interval", kOptional, "duration", "", "\"6h\"",
       "Not built yet. Takes snapshots by itself, at least 10 minutes apart.",
       duration(field<&S::metadata_auto_snapshot_interval>, std::chrono::minutes(10))},
      {"disable_scrub", kOptional, "true or false", "false", "false",
       "Not built yet. Never reads all blocks to verify them.", flag(field<&S::disable_scrub>)},
      {"use_local_tz", kOptional, "true or false", "false", "false",
       "Not built yet. Lifecycle rules run at midnight of the local time zone, not of UTC.",
       flag(field<&S::use_local_tz>)},

      // Blocks.
      {"block_size", kOptional, "size", "\"1MiB\"", "\"1MiB\"",
       "Objects are cut into blocks of this size, 15 MiB at most; for new uploads only.",
       size(field<&S::block_size>, 4096, 15u << 20)},
      {"block_ram_buffer_max", kOptional, "size", "\"256MiB\"", "\"256MiB\"",
       "Memory for blocks of all uploads together; writers wait when full. As much again for downloads.",
       size(field<&S::block_ram_buffer_max>, 1u << 20, kNoLimit)},
      {"block_max_concurrent_reads", kOptional, "number", "16", "16",
       "Not built yet. Blocks read from disk at the same time.",
       integer(field<&S::block_max_concurrent_reads>, 0, 65'536)},
      {"block_max_concurrent_writes_per_request", kOptional, "number", "", "8",
       "Blocks of one upload on their way to the disk; if unset, a window in bytes.",
       integer(field<&S::block_max_concurrent_writes_per_request>, 1, 65'536)},
      {"compression_level", kOptional, "zstd level or \"none\"", "1", "\"none\"",
       "Blocks are compressed at this level, where that makes them smaller.",
       reads(field<&S::compression_level>, read_compression)},

      // The cluster.
      {"replication_factor", kRequired, "number", "", "1", "Number of copies; the same on all nodes.",
       integer(field<&S::replication_factor>, 1, 7)},
      {"consistency_mode", kOptional, "consistent, degraded or dangerous", "\"consistent\"", "\"consistent\"",
       "What is promised when nodes are missing.",
       choice<ConsistencyMode>(field<&S::consistency_mode>, {{"consistent", ConsistencyMode::kConsistent},
                                                             {"degraded", ConsistencyMode::kDegraded},
                                                             {"dangerous", ConsistencyMode::kDangerous}})},
      {"rpc_bind_addr", kRequired, "ip:port", "", "\"[::]:3901\"",
       "Where this node listens for other nodes and for the command line.", socket_address(field<&S::rpc_bind_addr>)},
      {"rpc_public_addr", kOptional, "host:port", "", "\"node1.example.com:3901\"", "Where other nodes reach this one.",
       text(field<&S::rpc_public_addr>)},
      {"rpc_public_addr_subnet", kOptional, "network", "", "\"10.0.0.0/8\"",
       "If rpc_public_addr is unset: the network to take an address from.", text(field<&S::rpc_public_addr_subnet>)},
      {"rpc_bind_outgoing", kOptional, "true or false", "false", "false",
       "Connections to other nodes come from the address of rpc_bind_addr.", flag(field<&S::rpc_bind_outgoing>)},
      {"rpc_secret", kOptional, "64 hexadecimal digits", "", "\"<openssl rand -hex 32>\"",
       "Shared by all nodes and the command line. Needed, here or in one of its other places.",
       secret(field<&S::rpc_secret, &SecretSetting::value>)},
      {"rpc_secret_file", kOptional, "path", "", "\"/etc/garage/rpc_secret\"", "The file that holds it.",
       path(field<&S::rpc_secret, &SecretSetting::file>)},
      {"allow_world_readable_secrets", kOptional, "true or false", "false", "false",
       "Accepts secret files that others may read.", flag(field<&S::allow_world_readable_secrets>)},
      {"rpc_ping_timeout_msec", kOptional, "milliseconds", "10000", "10000",
       "A node that is silent for so long is taken for gone.", milliseconds(field<&S::rpc_ping_timeout>)},
      {"rpc_timeout_msec", kOptional, "milliseconds", "300000", "300000",
       "Not built yet: each kind of request has its own. Longest wait for an answer of another node.",
       milliseconds(field<&S::rpc_timeout>)},
      {"bootstrap_peers", kOptional, "array of id@host:port", "[]", "[]", "Nodes to look for at the start.",
       text_list(field<&S::bootstrap_peers>)},
      {"allow_punycode", kOptional, "true or false", "false", "false", "Allows bucket names with xn-- labels.",
       flag(field<&S::allow_punycode>)},

      {"s3_api.api_bind_addr", kOptional, "ip:port or path", "", "\"[::]:3900\"",
       "Where the S3 API listens; if unset, nowhere.",
       listen_address(field<&S::s3_api, &S3ApiSettings::api_bind_addr>)},
      {"s3_api.s3_region", kRequired, "text", "", "\"garage\"", "The region that clients put into their signatures.",
       text(field<&S::s3_api, &S3ApiSettings::s3_region>)},
      {"s3_api.root_domain", kOptional, "text", "", "\".s3.example.com\"",
       "Serves buckets as <bucket>.s3.example.com too.", text(field<&S::s3_api, &S3ApiSettings::root_domain>)},
      {"s3_api.public_endpoint", kOptional, "URL", "", "\"https://s3.example.com\"",
       "Where clients reach the S3 API; used for Location values.",
       endpoint(field<&S::s3_api, &S3ApiSettings::public_endpoint>)},
      {"s3_api.public_endpoint_path_style", kOptional, "true or false", "", "true",
       "Locations are <endpoint>/<bucket>/<key>; if unset, they name the bucket in the host where root_domain is set.",
       flag(field<&S::s3_api, &S3ApiSettings::public_endpoint_path_style>)},
      {"s3_api.bucket_namespace", kOptional, "global or local", "\"global\"", "\"global\"",
       "A bucket made over S3 takes a name that every key sees, or one that only its key sees.",
       choice<BucketNamespace>(field<&S::s3_api, &S3ApiSettings::bucket_namespace>,
                               {{"global", BucketNamespace::kGlobal}, {"local", BucketNamespace::kLocal}})},
      {"s3_api.allow_signature_v2", kOptional, "true or false", "false", "false",
       "Accepts the old signature version 2 of very old clients.",
       flag(field<&S::s3_api, &S3ApiSettings::allow_signature_v2>)},
      {"s3_api.accept_us_east_1", kOptional, "true or false", "false", "false",
       "Accepts signatures for us-east-1, the default of many clients, beside those for s3_region.",
       flag(field<&S::s3_api, &S3ApiSettings::accept_us_east_1>)},

      {"k2v_api.api_bind_addr", kRequiredInSection, "ip:port or path", "", "\"[::]:3904\"",
       "Not built yet. Where the K2V API listens.", listen_address(field<&S::k2v_api, &K2vApiSettings::api_bind_addr>)},
      {"k2v_api.public_endpoint", kOptional, "URL", "", "\"https://k2v.example.com\"", "Where clients reach it.",
       endpoint(field<&S::k2v_api, &K2vApiSettings::public_endpoint>)},

      {"s3_web.bind_addr", kRequiredInSection, "ip:port or path", "", "\"[::]:3902\"", "Where websites are served.",
       listen_address(field<&S::s3_web, &S3WebSettings::bind_addr>)},
      {"s3_web.root_domain", kOptional, "text", "", "\".web.example.com\"",
       "Websites are <bucket>.web.example.com too.", text(field<&S::s3_web, &S3WebSettings::root_domain>)},
      {"s3_web.add_host_to_metrics", kOptional, "true or false", "false", "false",
       "Metrics of websites carry their host name.", flag(field<&S::s3_web, &S3WebSettings::add_host_to_metrics>)},
      {"s3_web.index", kIgnored, "text", "", "", "Of older examples.", {}},

      {"admin.api_bind_addr", kOptional, "ip:port or path", "", "\"[::]:3903\"",
       "Where the admin API and metrics listen; if unset, nowhere.",
       reads(field<&S::admin, &AdminSettings::api_bind_addr>, read_admin_address)},
      {"admin.admin_token", kOptional, "text", "", "\"<openssl rand -base64 32>\"",
       "Bearer token that may do everything.",
       secret(field<&S::admin, &AdminSettings::admin_token, &SecretSetting::value>)},
      {"admin.admin_token_file", kOptional, "path", "", "\"/etc/garage/admin_token\"", "The file that holds it.",
       path(field<&S::admin, &AdminSettings::admin_token, &SecretSetting::file>)},
      {"admin.metrics_token", kOptional, "text", "", "\"<openssl rand -base64 32>\"",
       "Bearer token for /metrics; if unset, anybody may read them.",
       secret(field<&S::admin, &AdminSettings::metrics_token, &SecretSetting::value>)},
      {"admin.metrics_token_file", kOptional, "path", "", "\"/etc/garage/metrics_token\"", "The file that holds it.",
       path(field<&S::admin, &AdminSettings::metrics_token, &SecretSetting::file>)},
      {"admin.metrics_require_token", kOptional, "true or false", "false", "false",
       "/metrics needs a token in any case.", flag(field<&S::admin, &AdminSettings::metrics_require_token>)},
      {"admin.trace_sink", kOptional, "URL", "", "\"http://localhost:4317\"", "Where traces are sent (OTLP over gRPC).",
       text(field<&S::admin, &AdminSettings::trace_sink>)},
      {"admin.trace_sampling_ratio", kOptional, "number from 0 to 1", "1", "0.01",
       "Which part of the requests is traced; with less than 1, up to 10 a second more where clients ask for it.",
       ratio(field<&S::admin, &AdminSettings::trace_sampling_ratio>)},

      {"consul_discovery.api", kOptional, "catalog or agent", "\"catalog\"", "\"catalog\"",
       "Which API of Consul is used.",
       choice<ConsulApi>(field<&S::consul, &ConsulSettings::api>,
                         {{"catalog", ConsulApi::kCatalog}, {"agent", ConsulApi::kAgent}})},
      {"consul_discovery.consul_http_addr", kRequiredInSection, "URL", "", "\"http://127.0.0.1:8500\"",
       "Where Consul is.", text(field<&S::consul, &ConsulSettings::consul_http_addr>)},
      {"consul_discovery.service_name", kRequiredInSection, "text", "", "\"garage\"",
       "The service that nodes register under.", text(field<&S::consul, &ConsulSettings::service_name>)},
      {"consul_discovery.ca_cert", kOptional, "path", "", "\"/etc/consul/ca.crt\"",
       "The only trusted root, instead of the system's.", path(field<&S::consul, &ConsulSettings::ca_cert>)},
      {"consul_discovery.client_cert", kOptional, "path", "", "\"/etc/consul/client.crt\"",
       "Certificate to show; with client_key.", path(field<&S::consul, &ConsulSettings::client_cert>)},
      {"consul_discovery.client_key", kOptional, "path", "", "\"/etc/consul/client.key\"", "Its private key.",
       path(field<&S::consul, &ConsulSettings::client_key>)},
      {"consul_discovery.token", kOptional, "text", "", "\"...\"", "Access token of Consul.",
       secret(field<&S::consul, &ConsulSettings::token>)},
      {"consul_discovery.tls_skip_verify", kOptional, "true or false", "false", "false", "Accepts any certificate.",
       flag(field<&S::consul, &ConsulSettings::tls_skip_verify>)},
      {"consul_discovery.tags", kOptional, "array of strings", "[]", "[]", "Further tags of the service.",
       text_list(field<&S::consul, &ConsulSettings::tags>)},
      {"consul_discovery.meta", kOptional, "table of strings", "", "{ dns-acl = \"allow trusted\" }",
       "Further metadata of the service.", reads(field<&S::consul, &ConsulSettings::meta>, read_text_map)},
      {"consul_discovery.datacenters", kOptional, "array of strings", "[]", "[]",
       "Datacenters to look in; if empty, the local one.", text_list(field<&S::consul, &ConsulSettings::datacenters>)},

      {"kubernetes_discovery.namespace", kRequiredInSection, "text", "", "\"default\"",
       "Namespace of the custom resources.", text(field<&S::kubernetes, &KubernetesSettings::kubernetes_namespace>)},
      {"kubernetes_discovery.service_name", kRequiredInSection, "text", "", "\"garage\"",
       "The service label of the nodes.", text(field<&S::kubernetes, &KubernetesSettings::service_name>)},
      {"kubernetes_discovery.skip_crd", kOptional, "true or false", "false", "false",
       "Does not create the custom resource definition.", flag(field<&S::kubernetes, &KubernetesSettings::skip_crd>)},

      // Of other engines.
      {"db_engine", kNoEffect, "text", "", "", "There is one metadata engine.", {}},
      {"lmdb_map_size", kNoEffect, "size", "", "", "The metadata engine needs no map size.", {}},
      {"fjall_block_cache_size", kNoEffect, "size", "", "", "Of another engine.", {}},
      {"sled_cache_capacity", kNoEffect, "size", "", "", "Of another engine.", {}},
      {"sled_flush_every_ms", kNoEffect, "number", "", "", "Of another engine.", {}},
      {"block_manager_background_tranquility", kNoEffect, "number", "", "", "Of an older version.", {}},
  };
}

}  // namespace

std::string_view Setting::section() const {
  const size_t dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view Setting::name() const {
  const size_t dot = key.find('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

const std::vector<Setting>& settings_table() {
  static const std::vector<Setting> table = make_table();
  return table;
}

}  // namespace garage::config

// Everything an operator can set, as one value. The members' initial values are the defaults; table.hpp says how a
// document fills them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace garage::config {

using Milliseconds = std::chrono::milliseconds;

// A secret as the document gives it: itself, or the file it is in. secrets.hpp makes the secret of it.
struct SecretSetting {
  std::optional<Secret> value;
  std::optional<std::string> file;
};

struct DataDirectory {
  std::string path;
  uint64_t capacity_bytes = 0;  // weight among the directories; 0 for a single one and for read-only ones
  bool read_only = false;
  friend bool operator==(const DataDirectory&, const DataDirectory&) = default;
};

enum class ConsistencyMode : unsigned char { kConsistent, kDegraded, kDangerous };
enum class BucketNamespace : unsigned char { kGlobal, kLocal };

struct S3ApiSettings {
  std::optional<std::string> api_bind_addr;
  std::string s3_region;
  std::optional<std::string> root_domain;
  std::optional<std::string> public_endpoint;  // scheme://host[:port], no slash at the end
  std::optional<bool> public_endpoint_path_style;
  BucketNamespace bucket_namespace = BucketNamespace::kGlobal;
  bool allow_signature_v2 = false;
  bool accept_us_east_1 = false;
};

struct K2vApiSettings {
  bool present = false;
  std::string api_bind_addr;
  std::optional<std::string> public_endpoint;
};

struct S3WebSettings {
  bool present = false;
  std::string bind_addr;
  std::optional<std::string> root_domain;
  bool add_host_to_metrics = false;
};

struct AdminSettings {
  std::optional<std::string> api_bind_addr;
  SecretSetting admin_token;
  SecretSetting metrics_token;
  bool metrics_require_token = false;
  std::optional<std::string> trace_sink;
  double trace_sampling_ratio = 1;
};

enum class ConsulApi : unsigned char { kCatalog, kAgent };
struct ConsulSettings {
  bool present = false;
  ConsulApi api = ConsulApi::kCatalog;
  std::string consul_http_addr;
  std::string service_name;
  std::optional<std::string> ca_cert, client_cert, client_key;
  std::optional<Secret> token;
  bool tls_skip_verify = false;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  std::vector<std::string> datacenters;
};

struct KubernetesSettings {
  bool present = false;
  std::string kubernetes_namespace;
  std::string service_name;
  bool skip_crd = false;
};

struct Settings {
  std::string metadata_dir;
  std::vector<DataDirectory> data_dir;
  bool metadata_fsync = true;
  bool data_fsync = true;
  bool disable_scrub = false;
  bool use_local_tz = false;
  std::optional<std::string> metadata_snapshots_dir;
  std::optional<Milliseconds> metadata_auto_snapshot_interval;

  uint64_t block_size = 1u << 20;
  uint64_t block_ram_buffer_max = 256u << 20;
  uint32_t block_max_concurrent_reads = 16;
  std::optional<uint32_t> block_max_concurrent_writes_per_request;
  std::optional<int> compression_level = 1;  // zstd; nullopt: "none"

  uint32_t replication_factor = 0;
  ConsistencyMode consistency_mode = ConsistencyMode::kConsistent;

  bool allow_world_readable_secrets = false;
  SecretSetting rpc_secret;
  std::string rpc_bind_addr;
  bool rpc_bind_outgoing = false;
  std::optional<std::string> rpc_public_addr;
  std::optional<std::string> rpc_public_addr_subnet;
  Milliseconds rpc_ping_timeout{10'000};
  Milliseconds rpc_timeout{300'000};
  std::vector<std::string> bootstrap_peers;

  bool allow_punycode = false;

  S3ApiSettings s3_api;
  K2vApiSettings k2v_api;
  S3WebSettings s3_web;
  AdminSettings admin;
  ConsulSettings consul;
  KubernetesSettings kubernetes;
};

}  // namespace garage::config

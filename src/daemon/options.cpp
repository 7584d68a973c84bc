#include "daemon/options.hpp"

#include <algorithm>
#include <cstdint>

namespace garage::daemon {
namespace {

// A bound on memory. On processors of 32 bits settings may allow more than a process can address: a quarter of that is
// the most.
size_t memory_bytes(uint64_t bytes) {
  return static_cast<size_t>(std::min<uint64_t>(bytes, SIZE_MAX / 4));
}

}  // namespace

kv::Durability durability_of(const config::Settings& settings) {
  return settings.metadata_fsync ? kv::Durability::kSynced : kv::Durability::kRelaxed;
}

block::BlockOptions block_options(const config::Settings& settings) {
  block::BlockOptions out;
  for (const auto& directory : settings.data_dir) {
    out.directories.push_back(
        {.path = directory.path, .capacity_bytes = directory.capacity_bytes, .read_only = directory.read_only});
  }
  out.compression_level = settings.compression_level;
  out.sync = settings.data_fsync;
  return out;
}

object::ObjectOptions object_options(const config::Settings& settings) {
  object::ObjectOptions out;
  out.block_bytes = memory_bytes(settings.block_size);
  out.ram_buffer_bytes_max = memory_bytes(settings.block_ram_buffer_max);
  if (settings.block_max_concurrent_writes_per_request) {
    out.upload_window_bytes = memory_bytes(*settings.block_max_concurrent_writes_per_request * settings.block_size);
  }
  // At least two blocks, so that one is filled while another is written.
  out.upload_window_bytes = std::max<size_t>(out.upload_window_bytes, 2 * out.block_bytes);
  return out;
}

std::string public_address_of(const config::Settings& settings, const std::string& own_address) {
  if (settings.rpc_public_addr) return *settings.rpc_public_addr;
  if (settings.rpc_public_addr_subnet && !own_address.empty()) return own_address;
  const size_t colon = settings.rpc_bind_addr.rfind(':');
  return colon == std::string::npos ? std::string() : settings.rpc_bind_addr.substr(colon);
}

std::string dial_from(const config::Settings& settings) {
  const size_t colon = settings.rpc_bind_addr.rfind(':');
  if (!settings.rpc_bind_outgoing || colon == std::string::npos) return "";
  return settings.rpc_bind_addr.substr(0, colon) + ":0";
}

table::TableOptions table_options(const config::Settings& settings) {
  table::TableOptions out;
  switch (settings.consistency_mode) {
    case config::ConsistencyMode::kConsistent:
      break;
    case config::ConsistencyMode::kDegraded:
      out.quorum.consistency = table::Consistency::kDegraded;
      break;
    case config::ConsistencyMode::kDangerous:
      out.quorum.consistency = table::Consistency::kDangerous;
      break;
  }
  out.ranges.round.one_suffices = settings.consistency_mode != config::ConsistencyMode::kConsistent;
  return out;
}

block::ReplicaOptions replica_options(const config::Settings& settings, telemetry::Registry* registry) {
  block::ReplicaOptions out;
  out.one_copy_suffices = settings.consistency_mode == config::ConsistencyMode::kDangerous;
  out.registry = registry;
  return out;
}

s3::Options s3_options(const config::Settings& settings) {
  const auto& from = settings.s3_api;
  s3::Options out;
  out.region = from.s3_region;
  if (from.root_domain) {
    out.root_domain = *from.root_domain;
    out.root_domain.erase(0, out.root_domain.find_first_not_of('.'));
  }
  out.public_endpoint = from.public_endpoint;
  out.public_endpoint_path_style = from.public_endpoint_path_style.value_or(!from.root_domain);
  out.bucket_namespace = from.bucket_namespace == config::BucketNamespace::kLocal ? s3::BucketNamespace::kLocal
                                                                                  : s3::BucketNamespace::kGlobal;
  out.allow_signature_v2 = from.allow_signature_v2;
  out.accept_us_east_1_alias = from.accept_us_east_1;
  out.allow_punycode = settings.allow_punycode;
  out.decides_conditions = settings.consistency_mode == config::ConsistencyMode::kConsistent;
  return out;
}

web::Options web_options(const config::Settings& settings) {
  return {.root_domain = settings.s3_web.root_domain.value_or(""),
          .add_host_to_metrics = settings.s3_web.add_host_to_metrics};
}

}  // namespace garage::daemon

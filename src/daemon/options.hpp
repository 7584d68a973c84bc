// From the settings to the small options struct of each module.
#pragma once

#include "block/block_store.hpp"
#include "block/replicas.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"
#include "kv/store.hpp"
#include "object/objects.hpp"
#include "s3/options.hpp"
#include "table/replicated_table.hpp"
#include "web/options.hpp"

namespace garage::daemon {

// Synced unless metadata_fsync or data_fsync is off.
kv::Durability durability_of(const config::Settings& settings);
block::BlockOptions block_options(const config::Settings& settings);
object::ObjectOptions object_options(const config::Settings& settings);
// Where other nodes reach this one: "host:port", or ":port" where they have to look where it comes from. `own_address`
// is an "ip:port" of this machine, or empty; it counts where a subnet has chosen it.
std::string public_address_of(const config::Settings& settings, const std::string& own_address);
// The address that connections to other nodes come from, "ip:0"; empty: the system chooses.
std::string dial_from(const config::Settings& settings);
table::TableOptions table_options(const config::Settings& settings);
// `registry` as in block::ReplicaOptions.
block::ReplicaOptions replica_options(const config::Settings& settings, telemetry::Registry* registry);
s3::Options s3_options(const config::Settings& settings);
web::Options web_options(const config::Settings& settings);

}  // namespace garage::daemon

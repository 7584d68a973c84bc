// From the settings to the small options struct of each module.
#pragma once

#include "block/block_store.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"
#include "kv/store.hpp"
#include "object/objects.hpp"
#include "s3/options.hpp"
#include "table/replicated_table.hpp"

namespace garage::daemon {

// Synced unless metadata_fsync or data_fsync is off.
kv::Durability durability_of(const config::Settings& settings);
block::BlockOptions block_options(const config::Settings& settings);
object::ObjectOptions object_options(const config::Settings& settings);
// Where other nodes reach this one: "host:port", or ":port" where they have to look where it comes from.
std::string public_address_of(const config::Settings& settings);
table::TableOptions table_options(const config::Settings& settings);
s3::Options s3_options(const config::Settings& settings);

}  // namespace garage::daemon

#include "kv/rocksdb/rocks_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>

namespace garage::kv {
namespace {

constexpr int kCacheShardBits = 4;  // few threads read, and an index of a table should fit well into a shard

}  // namespace

rocksdb::DBOptions make_db_options(const RocksOptions& options, rocksdb::Env& env,
                                   std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::DBOptions db;
  db.env = &env;
  db.listeners.push_back(std::move(listener));
  db.create_if_missing = false;  // open_rocks_store decides

  // Care. log_check.hpp tells why this recovery mode.
  db.paranoid_checks = true;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.max_bgerror_resume_count = 0;  // RocksStore resumes on the next write

  // Writes. One thread writes, so nothing that serves many.
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;
  db.max_total_wal_size = options.log_bytes_max;
  db.db_write_buffer_size = options.memtable_bytes;
  db.bytes_per_sync = 1u << 20;  // tables go to the device as they are written, not in one gulp before a commit's sync

  // Few threads, few files, quick start.
  db.max_background_jobs = options.background_jobs;
  db.max_open_files = options.open_files_max;
  db.max_file_opening_threads = 1;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.avoid_unnecessary_blocking_io = true;  // a reader that drops the last hold of a file does not delete it itself

  // The LOG file is for the curious.
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.keep_log_file_num = 2;
  db.max_log_file_size = 1u << 20;
  return db;
}

rocksdb::ColumnFamilyOptions make_family_options(const RocksOptions& options, uint64_t table_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.cache_bytes, kCacheShardBits);
  table.checksum = rocksdb::kXXH3;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_size = 8 * 1024;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  // Indexes and filters are about 1/64 of a table. Where all of them fit into half the cache they are kept whole, which
  // saves a microsecond a look-up; in a larger database new tables get theirs in pieces that come and go by themselves.
  if (table_bytes / 64 > options.cache_bytes / 2) {
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.metadata_block_size = 8 * 1024;
  }
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = std::max<size_t>(options.memtable_bytes / 2, 1u << 20);
  family.target_file_size_base = 32u << 20;
  family.level_compaction_dynamic_level_bytes = true;
  // Fresh tables are soon rewritten: compressing them would only cost.
  family.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  // Queues and replaced versions leave runs of tombstones that a cursor must walk over; such tables are compacted
  // early.
  family.table_properties_collector_factories.push_back(rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
  return family;
}

}  // namespace garage::kv

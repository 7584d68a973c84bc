// What the operations share. Private to this module.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "block/block_store.hpp"
#include "env/env.hpp"
#include "kv/commit_queue.hpp"
#include "object/cluster.hpp"
#include "object/entries_seen.hpp"
#include "object/objects.hpp"
#include "object/pins.hpp"
#include "object/schemas.hpp"
#include "runtime/background.hpp"
#include "runtime/semaphore.hpp"
#include "runtime/signal.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker.hpp"
#include "table/register.hpp"
#include "table/row_turns.hpp"

namespace garage::object {

// What belongs to one loop and is touched by it alone.
struct LoopLocal {
  runtime::Loop* loop;
  runtime::Semaphore ram;    // this loop's share of the block buffers, in bytes
  runtime::TaskGroup reads;  // reads ahead of a client that may have gone
  size_t read_ahead_bytes_max = 0;
  size_t read_ahead_bytes = 0;  // read or being read, and not asked for yet
  size_t handed_out_bytes_max = 0;
  size_t handed_out_bytes = 0;  // pieces of bodies that are on their way to clients
};

// A lease that is over and not done with.
struct PostponedLease {
  MonotonicTime again;
  bool dead = false;  // its owner: waits for nothing but the grace of who reads its bytes
};

struct Core {
  Core(env::Env env_, kv::Store& store_, kv::CommitQueue& commits_, block::BlockStore& blocks_,
       const Objects::MakeRegister& make_register, ObjectOptions options_);

  env::Env env;
  kv::Store& store;
  kv::CommitQueue& commits;
  block::BlockStore& blocks;
  ObjectOptions options;
  ObjectSchema object_schema;
  UploadSchema upload_schema;
  std::unique_ptr<table::Register> objects;
  std::unique_ptr<table::Register> uploads;
  std::unique_ptr<Cluster> cluster;  // nullptr: this node is alone
  Pins pins;
  std::vector<std::unique_ptr<LoopLocal>> loops;

  table::RowTurns verdicts;    // rounds that find out which owners an object's row names
  runtime::Background asking;  // questions to other nodes that nobody may wait for any more

  // Collector.
  runtime::Loop* collects_on = nullptr;  // while it is a duty
  runtime::TaskGroup collecting;
  runtime::TaskGroup telling;  // others that an entry is done: nobody waits for it
  runtime::WorkerNotes collector_notes;
  EntriesSeen seen_by_collector;
  std::map<std::string, PostponedLease> postponed_leases;  // by the key of their row
  std::map<std::string, MonotonicTime> postponed_entries;  // of the queue, by their key: not before then
  std::atomic<bool> stopping = false;

  LoopLocal& local();

  // The value of a row: from memory at once, else by the disk pool.
  Task<Result<std::optional<std::string>>> get(kv::Family family, std::string key);
  // The same for what lies beside an object or upload row: asks the row's replicas where this node has not got it.
  Task<Result<std::optional<std::string>>> beside(std::string row_key, kv::Family family, std::string key);

  // Do several nodes keep what this operation is about?
  bool replicated() const { return cluster && !cluster->alone(); }
  // On several nodes: the way that an owner's blocks go; else nothing. `backlink`: the row that is to name the owner.
  std::shared_ptr<block::Outgoing> begin_blocks(const Uuid& owner, const std::string& backlink, const Uuid& upload);
};

// Writes a row. kUnavailable where other nodes joined since the operation began, as if this node were alone: the client
// tries again.
Task<Result<table::Written>> write_row(table::Register& rows, table::Write write);
// The same for what a client brings into the bucket: refused while it is being deleted. kNotFound where it is gone.
Task<Result<table::Written>> write_into(Core& core, BucketId bucket, table::Register& rows, table::Write write);

// What the bucket holds.
Task<Result<BucketUsage>> read_usage(Core& core, BucketId bucket);

// What the row keys of each shard of a bucket begin with.
std::vector<std::string> shards_of(const BucketId& bucket, uint32_t spread);
// Row key of an object.
std::string object_key(const BucketRef& bucket, std::string_view key);

}  // namespace garage::object

#include "object/core.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "block/outgoing.hpp"
#include "runtime/pool.hpp"
#include "table/row_key.hpp"

namespace garage::object {
namespace {

// Of all answers together: enough for some dozens that are taken as fast as a network goes. Where more are under way,
// or clients take nothing, each has only the piece that it is sending.
constexpr size_t kReadAheadBytesMax = 64u << 20;
// Of a loop, however many there are.
constexpr size_t kReadAheadBytesMin = 4u << 20;

}  // namespace

Core::Core(env::Env env_, kv::Store& store_, kv::CommitQueue& commits_, block::BlockStore& blocks_,
           const Objects::MakeRegister& make_register, ObjectOptions options_)
    : env(std::move(env_)), store(store_), commits(commits_), blocks(blocks_), options(options_) {
  objects = make_register(object_schema);
  uploads = make_register(upload_schema);
  const size_t share = options.ram_buffer_bytes_max / env.loops.size();
  if (share < 2 * options.block_bytes) {
    LOG_WARN("object",
             "block_ram_buffer_max is {} bytes for each of {} loops, less than two blocks of block_size: uploads will "
             "be slow",
             share, env.loops.size());
  }
  for (runtime::Loop* loop : env.loops) {
    const size_t ahead = std::max(kReadAheadBytesMax / env.loops.size(), kReadAheadBytesMin);
    loops.push_back(std::unique_ptr<LoopLocal>(new LoopLocal{.loop = loop,
                                                             .ram = runtime::Semaphore(share),
                                                             .reads = {},
                                                             .read_ahead_bytes_max = ahead,
                                                             .handed_out_bytes_max = share}));
  }
}

LoopLocal& Core::local() {
  runtime::Loop* current = runtime::Loop::current();
  for (auto& entry : loops) {
    if (entry->loop == current) return *entry;
  }
  // A single loop may be wrapped (the simulator gives each life of a node its own).
  ASSERT(loops.size() == 1, "operations run on a loop of the environment");
  return *loops.front();
}

Task<Result<std::optional<std::string>>> Core::get(kv::Family family, std::string key) {
  CO_TRY(auto cached, store.get_if_cached(family, key));
  if (cached) co_return std::move(*cached);
  co_return co_await runtime::run_on(env.pools.disk, [this, family, &key] { return store.get(family, key); });
}

Task<Result<std::optional<std::string>>> Core::beside(std::string row_key, kv::Family family, std::string key) {
  CO_TRY(auto here, co_await get(family, key));
  if (here || !replicated()) co_return here;
  kv::Key place{family, std::move(key)};
  auto found = co_await cluster->companions->read(*cluster->rows, std::move(row_key), std::move(place));
  if (found) co_return std::move(*found);
  if (found.error().kind == ErrorKind::kNotFound) co_return std::optional<std::string>();
  co_return std::unexpected(std::move(found).error());
}

std::shared_ptr<block::Outgoing> Core::begin_blocks(const Uuid& owner, const std::string& backlink,
                                                    const Uuid& upload) {
  return replicated() ? cluster->blocks->begin(owner, backlink, upload) : nullptr;
}

Task<Result<table::Written>> write_row(table::Register& rows, table::Write write) {
  const bool alone = write.extra != nullptr;
  auto written = co_await rows.write(std::move(write));
  if (written || !alone || written.error().kind != ErrorKind::kUnsupported) co_return written;
  co_return fail(ErrorKind::kUnavailable, "the layout has changed meanwhile");
}

Task<Result<table::Written>> write_into(Core& core, BucketId bucket, table::Register& rows, table::Write write) {
  write.unless_closed = true;
  auto written = co_await write_row(rows, std::move(write));
  const bool may_be_closed =
      !written && core.cluster &&
      (written.error().kind == ErrorKind::kUnavailable || written.error().kind == ErrorKind::kUnknownOutcome);
  if (!may_be_closed) co_return written;
  const auto takes = co_await core.cluster->takes_writes(bucket);
  if (takes && !*takes) co_return fail(ErrorKind::kNotFound, "the bucket was deleted meanwhile");
  co_return written;
}

std::vector<std::string> shards_of(const BucketId& bucket, uint32_t spread) {
  std::vector<std::string> out;
  for (uint32_t shard = 0; shard < spread; ++shard) {
    out.push_back(table::shard_prefix(bucket, static_cast<uint16_t>(shard)));
  }
  return out;
}

std::string object_key(const BucketRef& bucket, std::string_view key) {
  return table::object_row_key(bucket.id, table::shard_of(bucket.id, key, bucket.spread), key);
}

Objects::Objects(std::unique_ptr<Core> core) : core_(std::move(core)) {}

uint64_t Objects::ram_buffer_free_bytes() const {
  uint64_t sum = 0;
  for (const auto& loop : core_->loops) sum += loop->ram.available();
  return sum;
}
Objects::~Objects() = default;

std::unique_ptr<Objects> Objects::create(env::Env env, kv::Store& store, kv::CommitQueue& commits,
                                         block::BlockStore& blocks, const MakeRegister& make_register,
                                         ObjectOptions options) {
  return std::unique_ptr<Objects>(
      new Objects(std::make_unique<Core>(std::move(env), store, commits, blocks, make_register, options)));
}

void Objects::join(Cluster cluster) {
  core_->cluster = std::make_unique<Cluster>(std::move(cluster));
  const auto replicated = [core = core_.get()] { return core->replicated(); };
  core_->object_schema.replicated_when(replicated);
  core_->upload_schema.replicated_when(replicated);
  const IsClosed is_closed = core_->cluster->is_closed;
  core_->object_schema.closed_when(is_closed);
  core_->upload_schema.closed_when(is_closed);
}

Task<void> Objects::stop() {
  core_->stopping = true;
  co_await core_->asking.stop();
  co_await core_->local().reads.join();
  const runtime::Loop* collects = core_->collects_on;
  if (collects != nullptr && collects != runtime::Loop::current()) co_return;  // that loop waits for it
  co_await core_->collecting.join();
  co_await core_->telling.join();
}

}  // namespace garage::object

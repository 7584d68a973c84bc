#include "env/posix/posix_env.hpp"

#include <algorithm>
#include <thread>

namespace garage::env::posix {
namespace {

constexpr size_t kResolverThreads = 2;

size_t or_cores(size_t wanted) {
  return wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

Result<std::unique_ptr<PosixWorld>> PosixWorld::create(WorldOptions options) {
  std::unique_ptr<PosixWorld> world(new PosixWorld());
  TRY(world->loops_, LoopThreads::create(or_cores(options.loops)));
  TRY(world->disk_pool_, ThreadPool::create("disk", std::max<size_t>(1, options.disk_threads)));
  TRY(world->data_pool_, ThreadPool::create("data", std::max<size_t>(1, options.disk_threads)));
  TRY(world->compute_pool_, ThreadPool::create("compute", or_cores(options.compute_threads)));
  // One that a silent name server holds up must not hold up the end of the process.
  TRY(world->resolver_pool_, ThreadPool::create("resolve", kResolverThreads, ThreadPool::AtEnd::kLeave));
  world->network_ = std::make_unique<PosixNetwork>(*world->resolver_pool_);
  return world;
}

// Loops stop first, so that nothing new reaches the pools.
PosixWorld::~PosixWorld() {
  if (!loops_) return;  // create() failed
  loops_->stop();
  loops_->join();
}

Env PosixWorld::env() {
  return {.clock = clock_,
          .random = random_,
          .disk = disk_,
          .network = *network_,
          .loops = loops_->loops(),
          .pools = {.disk = *disk_pool_, .compute = *compute_pool_}};
}

Result<void> PosixWorld::run() {
  CHECK_OK(start());
  wait();
  return {};
}

}  // namespace garage::env::posix

// A disk that forgets: a tree of files in memory with what the process sees (now) and what a power cut would leave
// (durable).
//
// Writes, truncations and holes wait, in order, for sync_data() of their file; names (create, rename, remove) for
// sync_directory() of their folder (a rename: of either folder). power_cut() decides the fate of all that still waits.
// Beyond DiskFaults::writeback_bytes the oldest waiting changes become durable by themselves, as a kernel would have
// it.
//
//   SimDisk disk(seed);
//   disk.cut_at_change(7);                         // the power fails just before the 7th change from now takes effect
//   flow(disk);                                    // from then on every call answers kClosed
//   if (!disk.power_is_off()) return;              // the flow has fewer changes: the sweep is over
//   disk.power_cut({.mode = CutMode::kPrefix});    // usable again, handles and locks of before are dead
//   check(disk);
//
// Copying a SimDisk is a snapshot; bytes are shared until written, so it costs about as much as the number of files.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "env/disk.hpp"
#include "sim/faults.hpp"
#include "sim/random.hpp"

namespace garage::sim {

inline constexpr uint64_t kSectorBytes = 512;

enum class CutMode {
  kDropAll,  // only what was synced is left
  kKeepAll,  // the device had written everything
  kPrefix,   // everything up to a random point, the change at that point torn
  kSubset,  // each change by itself is kept, torn (any sectors of it) or dropped; sizes may be kept without their bytes
};

struct CutOptions {
  CutMode mode = CutMode::kDropAll;
  double keep_probability = 0.5;  // kSubset
  double torn_probability = 0.3;  // kSubset, of what was not kept whole

  static CutOptions draw(SimRandom& random);
};

struct DiskState;

class SimDisk final : public env::Disk {
 public:
  explicit SimDisk(uint64_t seed, DiskFaults faults = {});
  SimDisk(const SimDisk& other);  // content only: no handles, no locks, no planned faults
  SimDisk& operator=(
      const SimDisk& other);  // replaces the content, as if the device were exchanged; handles of before are dead
  ~SimDisk() override;

  Result<std::unique_ptr<env::File>> open(std::string path, env::OpenMode how,
                                          uint32_t mode = env::kUsualMode) override;
  Result<void> rename(std::string from, std::string to) override;
  Result<void> remove(std::string path) override;
  Result<void> make_directories(std::string path) override;
  Result<std::vector<std::string>> list(std::string directory) override;
  Result<env::FileStatus> status(std::string path) override;
  Result<void> sync_directory(std::string path) override;
  Result<env::Space> space(std::string path) override;
  Result<std::unique_ptr<env::FileLock>> try_lock(std::string path) override;

  // Power. lose_power() leaves open what happens to unsynced changes until power_cut() decides it and brings the disk
  // back.
  void lose_power();
  bool power_is_off() const;
  void power_cut(const CutOptions& options);
  // The process dies (nothing is lost) and is started again. Between the two every call answers kClosed.
  void stop();
  void start();

  // Counters since the beginning; a failed call counts too. A change is anything but a read, a sync included.
  uint64_t operations() const;
  uint64_t changes() const;
  uint64_t syncs() const;
  size_t unsynced_changes() const;

  // Plans, each counted from now: 1 is the next.
  void cut_at_sync(uint64_t k);    // just before the k-th sync (of a file or a directory) takes effect
  void cut_at_change(uint64_t k);  // just before the k-th change takes effect
  void fail_operation(uint64_t k, ErrorKind kind);
  void fail_change(uint64_t k, ErrorKind kind);
  // Called before each sync takes effect, with its number from the beginning; it may call lose_power().
  void on_sync(std::function<void(uint64_t)> callback);
  // Called inside lose_power(), planned cuts included.
  void on_power_lost(std::function<void()> callback);
  DiskFaults& faults();
  const DiskFaults& faults() const;

  // Damage, of what is durable and what is seen alike. kNotFound if there is no such file.
  Result<void> flip_bits(std::string path, uint64_t offset, uint64_t length, unsigned count);
  Result<void> zero_range(std::string path, uint64_t offset, uint64_t length);
  Result<void> cut_short(std::string path, uint64_t size);
  Result<void> fail_reads(std::string path, uint64_t offset, uint64_t length);  // kIo where a read touches the range
  void heal_reads();

  // A number that depends on every name and byte that is durable.
  uint64_t durable_digest() const;

 private:
  std::shared_ptr<DiskState> state_;
};

}  // namespace garage::sim

// The data directories of a node: the marker file that tells the right disk from an empty mount point, the number that
// block places name a directory by, and the volume files in it.
//
// `<path>/garage-marker` holds 64 hexadecimal digits, random; the same id and the path are recorded in the metadata
// under "block.directory/<number>". At start:
//   recorded, file missing or different     refused, with the way out
//   file there, nothing recorded            adopted; volumes found in it stay frozen until the index is rebuilt
//   file there, recorded as one without     the same: it was seen first where the disk was not mounted
//   neither                                 both are made
// A recorded directory that turns up under another path is recognised by its marker. The number of a directory that
// left the configuration stays taken.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fixed_bytes.hpp"
#include "base/result.hpp"
#include "block/block_store.hpp"
#include "block/volume.hpp"
#include "env/disk.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/random.hpp"

namespace garage::block {

using MarkerId = FixedBytes<32, struct MarkerIdTag>;

struct Directory {
  uint16_t number = 0;
  std::string path;
  uint64_t weight = 1;
  bool read_only = false;
  MarkerId marker;            // zero: a read-only directory that never had one
  uint32_t frozen_below = 0;  // volumes with a smaller id are frozen
  // Ascending: of these volumes, which index rows name, the last rebuild knew that they are not there.
  std::vector<uint32_t> missing = {};
  bool recorded = false;  // the metadata know exactly this
  std::shared_ptr<env::FileLock> lock = nullptr;
  std::vector<FoundVolume> volumes = {};  // ascending

  std::string volumes_path() const { return path + "/volumes"; }
  std::string volume_path(uint32_t id) const;
};

// Blocking. Checks or makes markers, takes the locks, lists the volumes. With `index_lost` all of them are frozen.
Result<std::vector<Directory>> prepare_directories(env::Disk& disk, kv::Store& store, runtime::Random& random,
                                                   const std::vector<DataDirectory>& configured, bool index_lost);

// Records what prepare_directories() decided, before anything is written into the directories.
std::shared_ptr<kv::Change> record_directories(const std::vector<Directory>& directories);

}  // namespace garage::block

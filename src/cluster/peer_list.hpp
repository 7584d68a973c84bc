// The file peer_list in metadata_dir: where other nodes were last met, so that a restart finds them without any help.
// Losing it loses nothing but time.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/messages.hpp"
#include "env/disk.hpp"
#include "runtime/pool.hpp"

namespace garage::cluster {

class PeerList {
 public:
  // Borrows both. An empty path keeps nothing.
  PeerList(env::Disk& disk, runtime::Pool& disk_pool, std::string path)
      : disk_(disk), disk_pool_(disk_pool), path_(std::move(path)) {}

  // Blocking, at start-up. A file that is missing is empty; a damaged one too, with a warning.
  std::vector<KnownPeer> load();
  // Replaces the file durably, if that changes anything. A failure is logged once and tried again the next time.
  Task<void> save(std::vector<KnownPeer> peers);

 private:
  env::Disk& disk_;
  runtime::Pool& disk_pool_;
  std::string path_;
  std::string saved_;  // what the file holds
  bool failing_ = false;
};

// For the file: under a checksum.
std::string encode_peer_list(const std::vector<KnownPeer>& peers);
Result<std::vector<KnownPeer>> decode_peer_list(std::string_view content);

}  // namespace garage::cluster

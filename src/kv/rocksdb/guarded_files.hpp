// A file system for RocksDB on a disk that may be full.
//
// A quota that is used up is a full disk: RocksDB would take it for a broken one, for good. And so is a process that
// can open no more files, which passes as well. And compactions leave free what deleting needs (env/headroom.hpp): one
// that meets that bound fails as on a full disk, before it has taken the last bytes from the log.
#pragma once

#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace garage::kv {

// Threads: any.
std::shared_ptr<rocksdb::FileSystem> make_guarded_file_system(std::shared_ptr<rocksdb::FileSystem> under);

}  // namespace garage::kv

// The file system of the operating system for RocksDB, whose look at it holds also where Debian builds RocksDB for
// processors of 32 bits.
//
// Why: that RocksDB asks in 32 bits, so that a directory with an inode number (or, in an emulator, a position) beyond
// them cannot be listed. What lists and measures files is therefore done by the C++ library, which asks in 64 bits.
// Reading and writing stay RocksDB's own: a file of 2 GiB or more is refused, not cut off, and its files are far
// smaller (rocks_options.cpp).
#pragma once

#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace garage::kv {

// On processors of 64 bits this is `under` itself.
std::shared_ptr<rocksdb::FileSystem> wide_where_needed(std::shared_ptr<rocksdb::FileSystem> under);

// Threads: any.
std::shared_ptr<rocksdb::FileSystem> make_wide_file_system(std::shared_ptr<rocksdb::FileSystem> under);

}  // namespace garage::kv

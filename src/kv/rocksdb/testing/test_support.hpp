// What the tests of the real engine share: a scratch directory and shorthand. Test code.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "kv/rocksdb/rocks_store.hpp"

namespace garage::kv {

// A directory that goes with its test.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    // In memory where possible: a process that is killed loses nothing there either, and syncs are quick.
    const std::filesystem::path base = std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                                           : std::filesystem::temp_directory_path();
    std::string pattern = base / "garage_kv_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;

  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline RocksOptions rocks_options(std::string directory) {
  RocksOptions options;
  options.directory = std::move(directory);
  return options;
}

inline std::unique_ptr<Store> open_or_die(const RocksOptions& options) {
  auto store = open_rocks_store(options);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

inline Batch one_row(Family family, std::string key, std::string value) {
  Batch batch;
  batch.put(family, std::move(key), std::move(value));
  return batch;
}

// A store that is given row after row, and must have each of which it said so.
class RowAfterRow : public testing::Test {
 protected:
  void open() {
    store_.reset();
    store_ = open_or_die(options_);
  }
  Result<void> put_value(std::string value) {
    auto written =
        store_->write(one_row(Family::kObject, "key" + std::to_string(rows_), std::move(value)), Durability::kRelaxed);
    if (written) ++rows_;
    return written;
  }
  void expect_all() {
    for (int i = 0; i < rows_; ++i) {
      const auto got = store_->get(Family::kObject, "key" + std::to_string(i));
      ASSERT_TRUE(got && *got) << i << " of " << rows_;
    }
  }

  ScratchDirectory scratch_;
  RocksOptions options_ = rocks_options(scratch_.file("db.rocksdb"));
  std::unique_ptr<Store> store_;
  int rows_ = 0;
};

inline std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_whole(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

// The files with this extension, sorted by name.
inline std::vector<std::string> files_with(const std::string& directory, const std::string& extension) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == extension) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace garage::kv

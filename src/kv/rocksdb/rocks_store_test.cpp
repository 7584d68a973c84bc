#include "kv/rocksdb/rocks_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kv/store_conformance.hpp"

namespace garage::kv {
namespace {

namespace fs = std::filesystem;

// A directory that goes with its test.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    // In memory where possible: a process that is killed loses nothing there either, and syncs are quick.
    const fs::path base = fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    std::string pattern = base / "garage_kv_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchDirectory() { fs::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::unique_ptr<Store> open_or_die(const RocksOptions& options) {
  auto store = open_rocks_store(options);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

struct RocksHarness {
  RocksHarness() { restart(); }
  Store& store() { return *open; }
  void restart() {
    open.reset();
    RocksOptions options;
    options.directory = scratch.file("db.rocksdb");
    open = open_or_die(options);
  }
  bool cut_power() { return false; }

  ScratchDirectory scratch;
  std::unique_ptr<Store> open;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Rocks, StoreConformance, RocksHarness);

}  // namespace garage::kv

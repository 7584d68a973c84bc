// Two data directories, of which "/bad" lies on a disk that stops syncing when told.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "block/testing/forwarding_disk.hpp"
#include "block/testing/test_node.hpp"

namespace garage::block::testing {

class OneBadDisk : public ForwardingDisk {
 public:
  static constexpr uint16_t kGood = 0, kBad = 1;  // their numbers

  using ForwardingDisk::ForwardingDisk;
  static BlockOptions options() {
    BlockOptions options = small_options();
    options.directories = {{.path = "/good", .capacity_bytes = 1}, {.path = "/bad", .capacity_bytes = 1}};
    return options;
  }
  Result<std::unique_ptr<env::File>> open(std::string path, env::OpenMode how, uint32_t mode) override {
    const bool is_bad = path.starts_with("/bad/");
    TRY(auto file, ForwardingDisk::open(std::move(path), how, mode));
    if (is_bad) file = std::make_unique<UnsyncableFile>(std::move(file), fails);
    return std::move(file);
  }

  bool fails = false;

 private:
  class UnsyncableFile : public ForwardingFile {
   public:
    UnsyncableFile(std::unique_ptr<env::File> file, const bool& fails)
        : ForwardingFile(std::move(file)), fails_(fails) {}
    Result<void> sync_data() override {
      return fails_ ? fail(ErrorKind::kIo, "nothing is synced") : ForwardingFile::sync_data();
    }

   private:
    const bool& fails_;
  };
};

// A block of so many bytes that was put into this directory; held in `hold`.
inline std::string block_in(TestNode& node, uint16_t directory, size_t bytes, BlockHold& hold) {
  for (uint64_t seed = 1; seed < 100; ++seed) {
    auto put = node.put(noise(seed, bytes));
    EXPECT_TRUE(put);
    if (!put || put->place().directory != directory) continue;
    hold = std::move(*put);
    return noise(seed, bytes);
  }
  return {};
}

}  // namespace garage::block::testing

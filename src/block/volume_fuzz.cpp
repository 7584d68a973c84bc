// Arbitrary bytes as a volume file and as rows: a reader must refuse or accept, never crash, never read beyond.
#include <array>
#include <cstring>
#include <string_view>

#include "block/place.hpp"
#include "block/record_read.hpp"
#include "block/reference.hpp"
#include "block/volume_walk.hpp"

namespace garage::block {
namespace {

class BytesFile : public env::File {
 public:
  explicit BytesFile(std::string_view bytes) : bytes_(bytes) {}
  Result<size_t> read_at(uint64_t offset, std::span<char> out) override {
    if (offset >= bytes_.size()) return size_t{0};
    const size_t length = std::min<uint64_t>(out.size(), bytes_.size() - offset);
    std::memcpy(out.data(), bytes_.data() + offset, length);
    return length;
  }
  Result<std::optional<size_t>> read_at_cached(uint64_t, std::span<char>) override { return std::nullopt; }
  Result<void> write_at(uint64_t, std::span<const std::string_view>) override { return {}; }
  Result<void> sync_data() override { return {}; }
  Result<uint64_t> size() override { return bytes_.size(); }
  Result<void> truncate(uint64_t) override { return {}; }
  Result<void> punch_hole(uint64_t, uint64_t) override { return {}; }
  Result<std::vector<env::Extent>> data_extents() override {
    return std::vector<env::Extent>{{.offset = 0, .length = bytes_.size()}};
  }

 private:
  std::string_view bytes_;
};

void walk_and_read(std::string_view bytes) {
  BytesFile file(bytes);
  auto walk = VolumeWalk::start(file, 7);
  if (!walk) return;
  for (auto header = walk->next(); header && *header; header = walk->next()) {
    const BlockPlace place{.directory = 0,
                           .volume = 7,
                           .offset = (*header)->offset,
                           .raw_bytes = (*header)->raw_bytes,
                           .stored_bytes = (*header)->stored_bytes};
    RecordRead read((*header)->hash, place, (*header)->raw_bytes / 2, 1);
    if (!read.load(file)) continue;
    auto stored = read.finish();
    if (!stored) continue;
    walk->skip_record();
    if (read.compressed() && place.raw_bytes < (1u << 20))
      static_cast<void>(unpack((*header)->hash, place, stored->view()));
  }
}

// Checksums stand in the fuzzer's way, so it also gets heads that are true to themselves.
void with_true_checksums(std::string_view bytes) {
  if (bytes.size() < 12) return;
  RecordHeader header{.codec = static_cast<Codec>(bytes[0] & 1),
                      .hash = {},
                      .raw_bytes = 0,
                      .stored_bytes = 0,
                      .volume = 7,
                      .offset = 0};
  std::memcpy(&header.raw_bytes, bytes.data() + 1, 4);
  const std::string_view stored = bytes.substr(5);
  header.stored_bytes = static_cast<uint32_t>(stored.size());
  walk_and_read(encode_head(header, piece_checksums(stored)) + std::string(stored));
}

}  // namespace
}  // namespace garage::block

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  using namespace garage;
  using namespace garage::block;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  walk_and_read(bytes);
  with_true_checksums(bytes);
  static_cast<void>(decode_head(bytes));
  static_cast<void>(decode_place(BlockHash{}, bytes));
  static_cast<void>(decode_reference(BlockHash{}, Uuid{}, bytes));
  return 0;
}

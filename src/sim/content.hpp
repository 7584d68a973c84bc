// The bytes of one simulated file: sparse, in pages that copies share until one of them writes. A value.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "env/disk.hpp"

namespace garage::sim {

class Content {
 public:
  static constexpr uint64_t kPageBytes = 4096;

  uint64_t size() const { return size_; }
  uint64_t page_count() const { return pages_.size(); }
  std::vector<env::Extent> extents() const;
  // How many of the bytes from `offset` on fit if at most `pages_max` pages may be added.
  uint64_t writable_bytes(uint64_t offset, uint64_t length, uint64_t pages_max) const;

  size_t read(uint64_t offset, std::span<char> out) const;
  void write(uint64_t offset, std::string_view bytes);
  void truncate(uint64_t size);
  void punch(uint64_t offset, uint64_t length);
  void flip_bit(uint64_t offset, unsigned bit);  // within the size

  // Becomes equal to `other` in the pages that the range touches, sharing them.
  void adopt_pages(const Content& other, uint64_t offset, uint64_t length);
  void adopt_size(const Content& other) { truncate(other.size_); }

 private:
  using Page = std::array<char, kPageBytes>;
  Page& writable_page(uint64_t number);
  void zero(uint64_t offset, uint64_t length);

  uint64_t size_ = 0;
  std::map<uint64_t, std::shared_ptr<Page>> pages_;
};

}  // namespace garage::sim

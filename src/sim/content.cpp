#include "sim/content.hpp"

#include <algorithm>
#include <cstring>

namespace garage::sim {
namespace {

// Calls `each(page, begin within the page, length)` for every page that the range touches.
template <class F>
void for_each_page(uint64_t offset, uint64_t length, F each) {
  while (length > 0) {
    const uint64_t begin = offset % Content::kPageBytes;
    const uint64_t piece = std::min(length, Content::kPageBytes - begin);
    each(offset / Content::kPageBytes, begin, piece);
    offset += piece;
    length -= piece;
  }
}

}  // namespace

std::vector<env::Extent> Content::extents() const {
  std::vector<env::Extent> out;
  for (const auto& [number, page] : pages_) {
    const uint64_t begin = number * kPageBytes;
    if (out.empty() || out.back().offset + out.back().length != begin) out.push_back({begin, 0});
    out.back().length += std::min(kPageBytes, size_ - begin);
  }
  return out;
}

uint64_t Content::writable_bytes(uint64_t offset, uint64_t length, uint64_t pages_max) const {
  uint64_t fits = 0;
  bool full = false;
  for_each_page(offset, length, [&](uint64_t number, uint64_t, uint64_t piece) {
    if (full) return;
    if (!pages_.contains(number)) {
      full = pages_max == 0;
      if (full) return;
      --pages_max;
    }
    fits += piece;
  });
  return fits;
}

size_t Content::read(uint64_t offset, std::span<char> out) const {
  if (offset >= size_) return 0;
  const size_t length = static_cast<size_t>(std::min<uint64_t>(out.size(), size_ - offset));
  char* to = out.data();
  for_each_page(offset, length, [&](uint64_t number, uint64_t begin, uint64_t piece) {
    const auto page = pages_.find(number);
    if (page == pages_.end()) {
      std::memset(to, 0, piece);
    } else {
      std::memcpy(to, page->second->data() + begin, piece);
    }
    to += piece;
  });
  return length;
}

Content::Page& Content::writable_page(uint64_t number) {
  std::shared_ptr<Page>& page = pages_[number];
  if (!page) {
    page = std::make_shared<Page>();
  } else if (page.use_count() > 1) {
    page = std::make_shared<Page>(*page);
  }
  return *page;
}

void Content::write(uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  const char* from = bytes.data();
  for_each_page(offset, bytes.size(), [&](uint64_t number, uint64_t begin, uint64_t piece) {
    std::memcpy(writable_page(number).data() + begin, from, piece);
    from += piece;
  });
  size_ = std::max(size_, offset + bytes.size());
}

void Content::zero(uint64_t offset, uint64_t length) {
  for_each_page(offset, length, [&](uint64_t number, uint64_t begin, uint64_t piece) {
    if (!pages_.contains(number)) return;
    if (piece == kPageBytes) {
      pages_.erase(number);
    } else {
      std::memset(writable_page(number).data() + begin, 0, piece);
    }
  });
}

void Content::truncate(uint64_t size) {
  if (size < size_) {
    const uint64_t first_gone = (size + kPageBytes - 1) / kPageBytes;
    pages_.erase(pages_.lower_bound(first_gone), pages_.end());
    if (size % kPageBytes != 0) zero(size, kPageBytes - size % kPageBytes);
  }
  size_ = size;
}

void Content::punch(uint64_t offset, uint64_t length) {
  if (offset >= size_) return;
  // To the end of the file means the whole last page.
  const uint64_t end = length >= size_ - offset ? (size_ + kPageBytes - 1) / kPageBytes * kPageBytes : offset + length;
  zero(offset, end - offset);
}

void Content::flip_bit(uint64_t offset, unsigned bit) {
  char& byte = writable_page(offset / kPageBytes)[offset % kPageBytes];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << (bit % 8)));
}

void Content::adopt_pages(const Content& other, uint64_t offset, uint64_t length) {
  if (length == 0) return;
  const uint64_t first = offset / kPageBytes;
  const uint64_t last = (offset + std::min(length - 1, UINT64_MAX - offset)) / kPageBytes;
  pages_.erase(pages_.lower_bound(first), pages_.upper_bound(last));
  auto hint = pages_.upper_bound(last);
  for (auto it = other.pages_.lower_bound(first); it != other.pages_.end() && it->first <= last; ++it) {
    pages_.insert(hint, *it);
  }
}

}  // namespace garage::sim

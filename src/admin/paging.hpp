// `offset` and `limit` of lists that are sorted by id. Private to this module.
#pragma once

#include <string>

#include "admin/fields.hpp"

namespace garage::admin {

inline constexpr uint64_t kPageMax = 10'000;

struct Page {
  std::string offset;  // the first id that is wanted; empty: from the beginning
  uint64_t limit = 0;
};

// Of buckets the offset is a whole id.
AdminResult<bool> check_bucket_offset(const Page& page);
AdminResult<Page> read_page(const codec::Json& request, uint64_t limit_default);

// Calls `take` for what the page holds of `sorted`, whose ids `id_of` tells.
void for_page(const Page& page, const auto& sorted, auto id_of, auto take) {
  uint64_t taken = 0;
  for (const auto& one : sorted) {
    if (taken == page.limit) return;
    if (id_of(one) < page.offset) continue;
    take(one);
    ++taken;
  }
}

}  // namespace garage::admin

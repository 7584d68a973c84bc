#include "admin/paging.hpp"

#include <algorithm>

#include "base/ids.hpp"

namespace garage::admin {

AdminResult<bool> check_bucket_offset(const Page& page) {
  if (page.offset.empty() || BucketId::from_hex(page.offset)) return true;
  return invalid_request("`offset` must be a bucket id (64 hexadecimal digits)");
}

AdminResult<Page> read_page(const codec::Json& request, uint64_t limit_default) {
  const Fields fields(request);
  ADMIN_TRY(const auto offset, fields.text("offset"));
  ADMIN_TRY(const auto limit, fields.number("limit"));
  return Page{.offset = offset.value_or(""), .limit = std::min(limit.value_or(limit_default), kPageMax)};
}

}  // namespace garage::admin

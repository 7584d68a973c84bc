// The fence of a row, as stored in Family::kPromise: the highest ballot this replica ever promised. It only grows, and
// is never dropped while the row exists, not even once the row it was made for is installed.
#pragma once

#include <string>
#include <string_view>

#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/store.hpp"

namespace garage::table {

// The byte of the row's family, then its key.
std::string promise_key(kv::Family family, std::string_view row_key);
// Format version u8, ord, CRC32C over promise key and value.
std::string encode_promise(std::string_view promise_key, Ord promise);
Result<Ord> decode_promise(std::string_view promise_key, std::string_view encoded);

}  // namespace garage::table

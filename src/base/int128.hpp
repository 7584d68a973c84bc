// Integers of 128 bits: what the product of two of 64 needs.
#pragma once

namespace garage {

#ifdef __SIZEOF_INT128__
__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;
#else
// For processors of 32 bits, Clang has them by this name only, and GCC has none.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wbit-int-extension"
using Int128 = _BitInt(128);
using Uint128 = unsigned _BitInt(128);
#pragma clang diagnostic pop
#endif

}  // namespace garage

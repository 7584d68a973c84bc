#include "crypto/crc.hpp"

#include <type_traits>

#include "crypto/crc_fold.hpp"
#include "crypto/crc_table.hpp"

namespace garage::crypto {
namespace {

#if defined(__x86_64__)

// Below these, folding does not pay for its start and end.
template <class P>
constexpr size_t kFoldBytesMin = std::is_same_v<P, Crc32cPolynomial> ? 128 : 64;
constexpr size_t kFoldWideBytesMin = 512;

template <class P>
typename P::Word finish_short(typename P::Word state, const char* data, size_t size) {
  if constexpr (std::is_same_v<P, Crc32cPolynomial>) {
    return crc32c_instruction(state, data, size);
  } else {
    return table_update<P>(state, data, size);
  }
}

template <class P>
typename P::Word extend(typename P::Word crc, std::string_view more) {
  typename P::Word state = ~crc;
  const char* data = more.data();
  size_t size = more.size();
  if (!can_fold()) return ~table_update<P>(state, data, size);
  if (size >= kFoldBytesMin<P>) {
    const Folded folded = size >= kFoldWideBytesMin && can_fold_wide() ? fold_wide<P>(state, data, size)
                                                                       : fold_narrow<P>(state, data, size);
    state = finish_short<P>(0, folded.bytes, sizeof folded.bytes);
  }
  return ~finish_short<P>(state, data, size);
}

#else

template <class P>
typename P::Word extend(typename P::Word crc, std::string_view more) {
  return ~table_update<P>(~crc, more.data(), more.size());
}

#endif

}  // namespace

uint32_t crc32_extend(uint32_t crc, std::string_view more) {
  return extend<Crc32Polynomial>(crc, more);
}

uint32_t crc32c_extend(uint32_t crc, std::string_view more) {
  return extend<Crc32cPolynomial>(crc, more);
}

uint64_t crc64nvme_extend(uint64_t crc, std::string_view more) {
  return extend<Crc64NvmePolynomial>(crc, more);
}

uint32_t crc32_combine(uint32_t crc_a, uint32_t crc_b, uint64_t len_b) {
  return combine<Crc32Polynomial>(crc_a, crc_b, len_b);
}

uint32_t crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t len_b) {
  return combine<Crc32cPolynomial>(crc_a, crc_b, len_b);
}

uint64_t crc64nvme_combine(uint64_t crc_a, uint64_t crc_b, uint64_t len_b) {
  return combine<Crc64NvmePolynomial>(crc_a, crc_b, len_b);
}

}  // namespace garage::crypto

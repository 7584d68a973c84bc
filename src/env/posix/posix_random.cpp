#include "env/posix/posix_random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/assert.hpp"
#include "env/posix/os_error.hpp"

namespace garage::env::posix {
namespace {

void fill_from_kernel(std::span<unsigned char> out) {
  while (!out.empty()) {
    const ssize_t got = retry_interrupted([&] { return ::getrandom(out.data(), out.size(), 0); });
    ASSERT(got > 0, "the kernel always has random bytes");
    out = out.subspan(static_cast<size_t>(got));
  }
}

struct Reserve {
  std::array<unsigned char, 512> bytes;
  size_t left = 0;  // at the end of bytes
};
thread_local Reserve reserve;

}  // namespace

void PosixRandom::fill(std::span<unsigned char> out) {
  if (out.empty()) return;
  if (out.size() > reserve.bytes.size() / 4) return fill_from_kernel(out);
  if (out.size() > reserve.left) {
    fill_from_kernel(reserve.bytes);
    reserve.left = reserve.bytes.size();
  }
  unsigned char* from = reserve.bytes.data() + (reserve.bytes.size() - reserve.left);
  std::memcpy(out.data(), from, out.size());
  std::memset(from, 0, out.size());
  reserve.left -= out.size();
}

}  // namespace garage::env::posix

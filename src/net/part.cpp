#include "net/part.hpp"

#include <algorithm>
#include <array>

namespace garage::net {
namespace {

constexpr Duration kPatience = 1s;
constexpr size_t kForgetBytesMax = 64 * 1024;

}  // namespace

Task<void> part_politely(env::Stream& stream, MonotonicTime deadline) {
  stream.finish_writing();
  const MonotonicTime until = std::min(deadline, runtime::Loop::current()->now() + kPatience);
  std::array<char, 4096> unwanted;
  for (size_t forgotten = 0; forgotten < kForgetBytesMax;) {
    const auto size = co_await stream.read_some(unwanted, until);
    if (!size || *size == 0) co_return;
    forgotten += *size;
  }
}

}  // namespace garage::net

#include "kv/rocksdb/kept_descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace garage::kv {
namespace {

constexpr int kAttemptsMax = 100;
constexpr std::chrono::milliseconds kPause{10};

}  // namespace

Result<void> KeptDescriptor::keep() {
  if (descriptor_ < 0) descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (descriptor_ >= 0) return {};
  return fail(ErrorKind::kOverloaded, std::string("none is left for the next log: ") + std::strerror(errno));
}

void KeptDescriptor::spend_on(const std::function<bool()>& open) {
  if (open()) return;
  release();
  for (int attempt = 0; attempt < kAttemptsMax && !open(); ++attempt) std::this_thread::sleep_for(kPause);
}

void KeptDescriptor::release() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace garage::kv

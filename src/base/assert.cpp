#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace garage {

void assertion_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "garage: assertion failed: %s (%s) at %s:%d\n", condition, why, file, line);
  std::abort();
}

}  // namespace garage

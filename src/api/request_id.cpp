#include "api/request_id.hpp"

namespace garage::api {

RequestId::RequestId(runtime::Random& random) {
  uint64_t bits = random.next_u64();
  for (char& digit : text_) {
    digit = "0123456789ABCDEF"[bits & 15];
    bits >>= 4;
  }
}

}  // namespace garage::api

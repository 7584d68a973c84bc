#include "base/secret.hpp"

namespace garage {

bool equal_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference =
        static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

Secret::~Secret() {
  volatile char* bytes = value_.data();
  for (size_t i = 0; i < value_.size(); ++i) bytes[i] = 0;
}

}  // namespace garage

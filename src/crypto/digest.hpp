// SHA-256, SHA-1 and MD5: streaming objects and one-call functions.
//
// Ownership: values. The state lies inside the object (about 112 bytes, nothing on the heap), so making, copying and
//            moving one is cheap; a copy continues independently from the same prefix.
// Threads:   one object, one thread at a time.
// Errors:    none possible.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace garage::crypto {

using Sha256Digest = std::array<unsigned char, 32>;
using Sha1Digest = std::array<unsigned char, 20>;
using Md5Digest = std::array<unsigned char, 16>;

// The raw bytes of a digest; valid as long as the array.
template <size_t N>
std::string_view view(const std::array<unsigned char, N>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), N};
}

class Sha256 {
 public:
  using Digest = Sha256Digest;
  static constexpr size_t kBlockBytes = 64;

  Sha256();
  void update(std::string_view bytes);
  // The digest of everything since construction or the last finish(); the object is then as good as new.
  Digest finish();

 private:
  alignas(8) std::array<unsigned char, 112> state_;
};

class Sha1 {
 public:
  using Digest = Sha1Digest;
  static constexpr size_t kBlockBytes = 64;

  Sha1();
  void update(std::string_view bytes);
  Digest finish();

 private:
  alignas(8) std::array<unsigned char, 96> state_;
};

class Md5 {
 public:
  using Digest = Md5Digest;
  static constexpr size_t kBlockBytes = 64;

  Md5();
  void update(std::string_view bytes);
  Digest finish();

 private:
  alignas(8) std::array<unsigned char, 96> state_;
};

Sha256Digest sha256(std::string_view bytes);
Sha1Digest sha1(std::string_view bytes);
Md5Digest md5(std::string_view bytes);

}  // namespace garage::crypto

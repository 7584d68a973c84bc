// Fixed-width integers in big-endian order, as row keys and peer frames use them: bytewise order is numeric order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garage::codec {

template <class Word>
void append_be(std::string& out, Word value) {
  char bytes[sizeof(Word)];
  for (size_t i = 0; i < sizeof(Word); ++i) bytes[i] = static_cast<char>(value >> (8 * (sizeof(Word) - 1 - i)));
  out.append(bytes, sizeof bytes);
}

// Reads sizeof(Word) bytes at `bytes`; the caller knows that they are there.
template <class Word>
Word load_be(const char* bytes) {
  Word value = 0;
  for (size_t i = 0; i < sizeof(Word); ++i)
    value = static_cast<Word>((uint64_t{value} << 8) | static_cast<unsigned char>(bytes[i]));
  return value;
}

// Takes the integer from the front of `in`; nothing, and `in` unchanged, if `in` is too short.
template <class Word>
std::optional<Word> take_be(std::string_view& in) {
  if (in.size() < sizeof(Word)) return std::nullopt;
  const Word value = load_be<Word>(in.data());
  in.remove_prefix(sizeof(Word));
  return value;
}

inline void append_u16_be(std::string& out, uint16_t value) {
  append_be(out, value);
}
inline void append_u32_be(std::string& out, uint32_t value) {
  append_be(out, value);
}
inline void append_u64_be(std::string& out, uint64_t value) {
  append_be(out, value);
}
inline uint16_t load_u16_be(const char* bytes) {
  return load_be<uint16_t>(bytes);
}
inline uint32_t load_u32_be(const char* bytes) {
  return load_be<uint32_t>(bytes);
}
inline uint64_t load_u64_be(const char* bytes) {
  return load_be<uint64_t>(bytes);
}
inline std::optional<uint16_t> take_u16_be(std::string_view& in) {
  return take_be<uint16_t>(in);
}
inline std::optional<uint32_t> take_u32_be(std::string_view& in) {
  return take_be<uint32_t>(in);
}
inline std::optional<uint64_t> take_u64_be(std::string_view& in) {
  return take_be<uint64_t>(in);
}

}  // namespace garage::codec

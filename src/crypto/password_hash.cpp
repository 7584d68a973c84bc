#include "crypto/password_hash.hpp"

#include <argon2.h>

#include <charconv>
#include <optional>

namespace garage::crypto {
namespace {

constexpr uint32_t kMemoryKib = 19'456, kPasses = 2, kLanes = 1;
constexpr size_t kHashBytes = 32;
constexpr size_t kTextBytesMax = 256;
// Of hashes that others made.
constexpr uint32_t kMemoryKibMax = 64 * 1024, kPassesMax = 10, kLanesMax = 4;

// Takes "<prefix><number>" off the front of `text`.
std::optional<uint32_t> take_number(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

bool is_affordable(std::string_view hash) {
  if (hash.size() > kTextBytesMax) return false;
  const auto memory_kib = take_number(hash, "$argon2id$v=19$m=");
  const auto passes = take_number(hash, ",t=");
  const auto lanes = take_number(hash, ",p=");
  return memory_kib && passes && lanes && *memory_kib <= kMemoryKibMax && *passes <= kPassesMax && *lanes <= kLanesMax;
}

}  // namespace

Result<std::string> hash_password(const Secret& password, std::string_view salt) {
  std::string out(
      argon2_encodedlen(kPasses, kMemoryKib, kLanes, static_cast<uint32_t>(salt.size()), kHashBytes, Argon2_id), '\0');
  const std::string_view bytes = password.reveal();
  const int outcome = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, bytes.data(), bytes.size(), salt.data(),
                                            salt.size(), kHashBytes, out.data(), out.size());
  if (outcome != ARGON2_OK) return fail(ErrorKind::kInternal, argon2_error_message(outcome));
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(const Secret& password, const std::string& hash) {
  if (!is_affordable(hash)) return false;
  const std::string_view bytes = password.reveal();
  return argon2id_verify(hash.c_str(), bytes.data(), bytes.size()) == ARGON2_OK;
}

}  // namespace garage::crypto

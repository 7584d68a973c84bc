// An admin token: who may call which operations of the admin API. One row of the settings table. A value.
//
// The token itself is shown once, when it is made, and kept nowhere: its first part is the id, the whole is known by
// its hash only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "codec/tlv.hpp"
#include "runtime/random.hpp"

namespace garage::model {

inline constexpr size_t kTokenIdDigits = 24;
inline constexpr size_t kTokenScopeMax = 1000;  // names

struct AdminToken {
  std::string id;    // 24 hexadecimal digits
  std::string hash;  // Argon2id, of the whole token
  std::string name;
  uint64_t created_ms = 0;
  std::optional<uint64_t> expires_ms;  // wall clock
  std::vector<std::string> scope;      // names of operations, or "*"; as given
  codec::UnknownFields unknown;        // tags of a newer format, kept

  bool expired(uint64_t now_ms) const { return expires_ms && *expires_ms <= now_ms; }
};

std::string encode_admin_token(const AdminToken& token);
Result<AdminToken> decode_admin_token(std::string_view encoded);

// "<24 hexadecimal digits>.<43 characters of base64url>"
Secret generate_admin_token(runtime::Random& random);

// The part before the first dot; empty where there is none.
std::string_view token_id(std::string_view token);

}  // namespace garage::model

// Argon2id (RFC 9106): what is kept of a secret that people or programs show again, so that who reads the store cannot
// use it. The text form is that of the PHC string format, "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>".
//
// Each call takes some 20 ms and 19 MiB: run it on a compute pool, and bound how many run at once.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace garage::crypto {

inline constexpr size_t kPasswordSaltBytes = 16;

// `salt` is kPasswordSaltBytes random bytes.
Result<std::string> hash_password(const Secret& password, std::string_view salt);

// False also for a text that is no such hash, or one that would take much more memory or time than ours.
bool verify_password(const Secret& password, const std::string& hash);

}  // namespace garage::crypto

// Who asks. A Principal with a key exists only as the result of a verified signature: nothing else can make one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace garage::api {

// What the signature check needs to know of an access key.
struct KeyRecord {
  std::string id;
  Secret secret;
  std::string name;
  std::optional<uint64_t> expires_unix_ms;
};

// Where access keys are looked up, in memory, without waiting. Threads: as the one who asks.
class KeyLookup {
 public:
  virtual ~KeyLookup() = default;
  // Null: not known here. While a key is unchanged, return the same shared record: derived keys are cached beside it.
  virtual std::shared_ptr<const KeyRecord> find_key(std::string_view id) = 0;
};

class Principal {
 public:
  static Principal anonymous() { return Principal(); }

  bool is_anonymous() const { return key_ == nullptr; }
  // True if a signature was verified; the opposite of anonymous.
  bool is_signed() const { return key_ != nullptr; }
  // Null for anonymous.
  const std::shared_ptr<const KeyRecord>& key() const { return key_; }
  // Empty for anonymous.
  std::string_view access_key_id() const { return key_ ? std::string_view(key_->id) : std::string_view(); }

 private:
  friend class PrincipalMint;
  Principal() = default;
  explicit Principal(std::shared_ptr<const KeyRecord> key) : key_(std::move(key)) {}

  std::shared_ptr<const KeyRecord> key_;
};

}  // namespace garage::api

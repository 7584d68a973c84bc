// Whose a bearer token is, and what it may do.
//
// Tokens of the configuration are compared as they are; those that were made by an operation are known by their hash
// only, which takes a while to check: that happens on the compute pool, few at a time, and whoever was recognised is
// remembered for a minute. A token that was deleted, or has expired, is not recognised from that moment on.
//
// Ownership: the node's; borrows everything. Threads: any loop.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "admin/error.hpp"
#include "base/secret.hpp"
#include "env/env.hpp"
#include "model/settings.hpp"
#include "runtime/task.hpp"

namespace garage::admin {

struct ConfiguredTokens {
  std::optional<Secret> admin_token;
  std::optional<Secret> metrics_token;
};

// Who shows a token. By the configured admin_token anybody may do everything.
struct TokenHolder {
  std::shared_ptr<const model::AdminToken> token;  // null: the configured one

  std::string_view id() const { return token ? std::string_view(token->id) : std::string_view(); }
  bool may_everything() const;
  // By the name of an operation, or "Metrics".
  bool may(std::string_view operation) const;
};

class AdminTokens {
 public:
  AdminTokens(model::Settings& settings, env::Env& env, ConfiguredTokens configured)
      : settings_(settings), env_(env), configured_(std::move(configured)) {}

  // Nothing for a token that is unknown, wrong or expired: who asks is not told which. ServiceUnavailable while too
  // many are being checked.
  Task<AdminResult<std::optional<TokenHolder>>> holder_of(Secret token);
  bool is_metrics_token(const Secret& token) const;
  const ConfiguredTokens& configured() const { return configured_; }

  // What is kept of a new token.
  Task<Result<std::string>> hash(Secret token);

 private:
  struct Seen {
    std::string hash;  // of the row it was checked against
    MonotonicTime until;
  };
  bool was_seen(const std::string& digest, const std::string& hash);
  void remember(std::string digest, std::string hash);
  Task<AdminResult<bool>> is_of(const model::AdminToken& row, Secret token);

  model::Settings& settings_;
  env::Env& env_;
  const ConfiguredTokens configured_;
  std::atomic<int> checking_ = 0;
  std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // by the SHA-256 of the token; guarded by mutex_
};

}  // namespace garage::admin

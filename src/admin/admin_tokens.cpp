#include "admin/admin_tokens.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/password_hash.hpp"
#include "runtime/pool.hpp"

namespace garage::admin {
namespace {

constexpr size_t kSeenMax = 256;
constexpr Duration kRememberedFor = std::chrono::minutes(1);
constexpr int kCheckingMax = 16;
constexpr size_t kTokenBytesMax = 1024;

std::string digest_of(const Secret& token) {
  return std::string(crypto::view(crypto::sha256(token.reveal())));
}

// Takes the same time whatever the lengths are.
bool same(const std::optional<Secret>& configured, const Secret& shown) {
  return configured && equal_constant_time(digest_of(*configured), digest_of(shown));
}

}  // namespace

bool TokenHolder::may_everything() const {
  return !token || std::ranges::find(token->scope, "*") != token->scope.end();
}

bool TokenHolder::may(std::string_view operation) const {
  return may_everything() || std::ranges::find(token->scope, operation) != token->scope.end();
}

bool AdminTokens::is_metrics_token(const Secret& token) const {
  return same(configured_.metrics_token, token);
}

bool AdminTokens::was_seen(const std::string& digest, const std::string& hash) {
  const std::lock_guard lock(mutex_);
  const auto it = seen_.find(digest);
  return it != seen_.end() && it->second.hash == hash && env_.clock.monotonic_now() < it->second.until;
}

void AdminTokens::remember(std::string digest, std::string hash) {
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kSeenMax) seen_.clear();
  seen_[std::move(digest)] = {std::move(hash), env_.clock.monotonic_now() + kRememberedFor};
}

Task<AdminResult<bool>> AdminTokens::is_of(const model::AdminToken& row, Secret token) {
  std::string digest = digest_of(token), hash = row.hash;
  if (was_seen(digest, hash)) co_return true;
  if (checking_.fetch_add(1) >= kCheckingMax) {
    checking_.fetch_sub(1);
    co_return admin_fail("ServiceUnavailable", 503, "too many tokens are being checked: try again");
  }
  auto verify = [token = std::move(token), hash] { return crypto::verify_password(token, hash); };
  const bool right = co_await runtime::run_on(env_.pools.compute, std::move(verify));
  checking_.fetch_sub(1);
  if (right) remember(std::move(digest), std::move(hash));
  co_return right;
}

Task<AdminResult<std::optional<TokenHolder>>> AdminTokens::holder_of(Secret token) {
  const std::optional<TokenHolder> nobody;
  if (same(configured_.admin_token, token)) co_return TokenHolder{};
  const std::string id(model::token_id(token.reveal()));
  if (id.size() != model::kTokenIdDigits || token.reveal().size() > kTokenBytesMax) co_return nobody;
  if (!settings_.is_fresh() && !co_await settings_.confirm_admin_token(id)) {
    co_return admin_fail("ServiceUnavailable", 503,
                         "this node has lost sight of the others, and cannot check the token");
  }
  auto row = settings_.directory()->admin_token(id);
  if (!row && co_await settings_.look_for_admin_token(id)) row = settings_.directory()->admin_token(id);
  if (!row || row->expired(env_.clock.wall_now().unix_ms)) co_return nobody;
  CO_ADMIN_TRY(const bool right, co_await is_of(*row, std::move(token)));
  if (!right) co_return nobody;
  co_return TokenHolder{.token = std::move(row)};
}

Task<Result<std::string>> AdminTokens::hash(Secret token) {
  std::string salt(crypto::kPasswordSaltBytes, '\0');
  env_.random.fill({reinterpret_cast<unsigned char*>(salt.data()), salt.size()});
  auto work = [token = std::move(token), salt] { return crypto::hash_password(token, salt); };
  co_return co_await runtime::run_on(env_.pools.compute, std::move(work));
}

}  // namespace garage::admin

#include "admin/search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "admin/node_identity.hpp"
#include "admin/token_info.hpp"
#include "model/bucket_name.hpp"

namespace garage::admin {
namespace {

constexpr size_t kShownMax = 10;

std::unexpected<AdminError> several(std::string_view what, const std::vector<std::string>& candidates) {
  const auto shown = std::min(candidates.size(), kShownMax);
  return invalid_request(
      fmt::format("{} {}: {}{}", candidates.size(), what,
                  fmt::join(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                  shown < candidates.size() ? ", ..." : ""));
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string describe(const Bucket& bucket) {
  return fmt::format("{} ({})", bucket->id.hex().substr(0, 16), bucket->display_name());
}
std::string describe(const Key& key) {
  return fmt::format("{} ({})", key->id, key->name);
}
std::string describe(const Token& token) {
  return fmt::format("{} ({})", token->id, token->name);
}

// Null: none matches.
template <class One>
AdminResult<One> only(std::string_view what, const std::vector<One>& all, auto matches) {
  std::vector<One> matching;
  std::ranges::copy_if(all, std::back_inserter(matching), matches);
  if (matching.empty()) return One();
  if (matching.size() == 1) return matching.front();
  std::vector<std::string> names;
  for (const One& one : matching) names.push_back(describe(one));
  return several(what, names);
}

// By name, else by the beginning of the id.
template <class One>
AdminResult<One> by_name_or_prefix(std::string_view what, const std::vector<One>& all, std::string_view pattern) {
  const std::string wanted = lower(pattern);
  ADMIN_TRY(One named, only(what, all, [&wanted](const One& one) { return lower(one->name) == wanted; }));
  if (named || wanted.empty()) return named;
  return only(what, all, [&wanted](const One& one) { return lower(one->id).starts_with(wanted); });
}

AdminResult<Bucket> by_prefix(const model::Directory& directory, std::string_view pattern) {
  const std::string prefix = lower(pattern);
  if (prefix.size() < 2 || !is_hex(prefix)) return Bucket();
  const auto begins = [&prefix](const Bucket& bucket) { return bucket->id.hex().starts_with(prefix); };
  return only("matching buckets", directory.buckets(), begins);
}

// There is none, if this node's copy is to be believed.
AdminError unless_behind(const Context& context, const std::unexpected<AdminError>& none) {
  if (context.settings.is_fresh()) return none.error();
  return {"ServiceUnavailable", 503, "this node has lost sight of the others, and they may know of it: try again"};
}

// It is meant to be one of several, and sees none of them: its metadata may be lost, while their cluster lives.
bool misses_bootstrap_peers(const Context& context) {
  if (context.cluster == nullptr) return false;
  const auto peers = context.cluster->peers();
  const auto is_up = [](const PeerFacts& peer) { return peer.is_bootstrap_peer && peer.up; };
  return std::ranges::any_of(peers, &PeerFacts::is_bootstrap_peer) && std::ranges::none_of(peers, is_up);
}

std::unexpected<AdminError> no_matching_token() {
  return invalid_request("0 matching admin tokens: see them with `garage admin-token list`");
}

// As long as rows' keys may be.
constexpr size_t kIdBytesMax = 255;

bool may_be_id(std::string_view text) {
  return !text.empty() && text.size() <= kIdBytesMax;
}

// By this node's copy, else once the replicas were asked. Null: there is none.
template <class One>
Task<AdminResult<One>> look_then_ask(Context& context, std::string id,
                                     One (model::Directory::*look)(std::string_view) const,
                                     Task<Result<void>> (model::Settings::*ask)(std::string)) {
  if (auto one = (context.settings.directory().get()->*look)(id)) co_return one;
  if (!may_be_id(id)) co_return One();
  CO_ADMIN_CHECK_OK(co_await (context.settings.*ask)(id));
  co_return (context.settings.directory().get()->*look)(id);
}

Task<AdminResult<Key>> find_key(Context& context, std::string id) {
  return look_then_ask<Key>(context, std::move(id), &model::Directory::key, &model::Settings::ask_about_key);
}

Task<AdminResult<Token>> find_token(Context& context, std::string id) {
  return look_then_ask<Token>(context, std::move(id), &model::Directory::admin_token,
                              &model::Settings::ask_about_admin_token);
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

Task<AdminResult<Bucket>> search_bucket(Context& context, std::string pattern) {
  auto& settings = context.settings;
  if (auto exact = settings.directory()->resolve_bucket(pattern, nullptr)) co_return exact;
  CO_ADMIN_TRY(Bucket begun, by_prefix(*settings.directory(), pattern));
  if (begun) co_return begun;
  if (const auto id = BucketId::from_hex(pattern)) co_return co_await bucket_by_id(context, pattern);
  if (model::is_valid_bucket_name(pattern, /*allow_punycode=*/true)) {
    CO_ADMIN_CHECK_OK(co_await settings.look_for_bucket(pattern));
    if (auto exact = settings.directory()->resolve_bucket(pattern, nullptr)) co_return exact;
  }
  co_return std::unexpected(unless_behind(context, no_such_bucket(pattern)));
}

Task<AdminResult<Key>> search_key(Context& context, std::string pattern) {
  if (auto exact = context.settings.directory()->key(pattern)) co_return exact;
  CO_ADMIN_TRY(Key found, by_name_or_prefix("matching keys", context.settings.directory()->keys(), pattern));
  if (found) co_return found;
  if (!may_be_id(pattern)) co_return no_such_key(pattern);
  CO_ADMIN_TRY(Key asked, co_await find_key(context, pattern));
  if (asked) co_return asked;
  co_return std::unexpected(unless_behind(context, no_such_key(pattern)));
}

Task<AdminResult<Token>> search_token(Context& context, std::string pattern) {
  if (auto exact = context.settings.directory()->admin_token(pattern)) co_return exact;
  CO_ADMIN_TRY(Token found,
               by_name_or_prefix("matching admin tokens", context.settings.directory()->admin_tokens(), pattern));
  if (found) co_return found;
  if (!may_be_id(pattern)) co_return no_matching_token();
  CO_ADMIN_TRY(Token asked, co_await find_token(context, pattern));
  if (asked) co_return asked;
  co_return std::unexpected(unless_behind(context, no_matching_token()));
}

Task<AdminResult<Bucket>> bucket_by_id(Context& context, std::string id) {
  const auto parsed = BucketId::from_hex(id);
  if (!parsed) co_return invalid_request(fmt::format("'{}' is not a bucket id (64 hexadecimal digits)", id));
  if (auto bucket = context.settings.directory()->bucket(*parsed)) co_return bucket;
  CO_ADMIN_CHECK_OK(co_await context.settings.ask_about_bucket(*parsed));
  if (auto bucket = context.settings.directory()->bucket(*parsed)) co_return bucket;
  co_return no_such_bucket(id);
}

Task<AdminResult<Bucket>> bucket_by_alias(Context& context, std::string alias) {
  const auto named = [&context, &alias] {
    auto bucket = context.settings.directory()->resolve_bucket(alias, nullptr);
    return bucket && bucket->global_aliases.contains(alias) ? bucket : nullptr;
  };
  if (auto bucket = named()) co_return bucket;
  if (!model::is_valid_bucket_name(alias, /*allow_punycode=*/true)) co_return no_such_bucket(alias);
  CO_ADMIN_CHECK_OK(co_await context.settings.look_for_bucket(alias));
  if (auto bucket = named()) co_return bucket;
  co_return no_such_bucket(alias);
}

Task<AdminResult<Key>> key_by_id(Context& context, std::string id) {
  CO_ADMIN_TRY(Key found, co_await find_key(context, id));
  if (found) co_return found;
  co_return no_such_key(id);
}

Task<AdminResult<Token>> token_by_id(Context& context, std::string id) {
  CO_ADMIN_TRY(Token found, co_await find_token(context, id));
  if (found) co_return found;
  co_return no_such_token(id);
}

AdminResult<bool> require_layout(const Context& context) {
  if (context.layout.revoked() || (context.cluster != nullptr && context.cluster->is_revoked())) {
    return admin_fail("ServiceUnavailable", 503,
                      "This node was revoked: it serves nothing, and comes back as a new node only, with its metadata "
                      "directory emptied. Ask another node");
  }
  if (context.layout.current()->version > 0) return true;
  const std::string_view first =
      misses_bootstrap_peers(context)
          ? "None of its bootstrap_peers is connected: if this node is to join their cluster, see that they run "
            "(`garage node connect ID@ADDRESS` tells why one cannot be reached), and found no second one. If all are "
            "new, give "
          : "Give ";
  return admin_fail(
      "LayoutNotReady", 503,
      fmt::format("Layout not ready: no cluster layout has been applied yet. {}this node a role, for example with "
                  "`garage layout assign -z dc1 -c 100G {}`, then `garage layout apply --version 1`; or start the "
                  "server with --single-node",
                  first, short_id(context.facts.id)));
}

}  // namespace garage::admin

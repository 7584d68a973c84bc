#include "block/holder.hpp"

#include <memory>
#include <utility>

#include "block/queue_rows.hpp"
#include "crypto/digest.hpp"
#include "runtime/pool.hpp"

namespace garage::block {
namespace {

// A block that was fetched, if it is still wanted when it is here.
class RestoreChange final : public kv::Change {
 public:
  explicit RestoreChange(BlockHold hold) : hold_(std::move(hold)) {}
  void reads(std::vector<kv::Key>& out) const override { out.push_back(BlockStore::index_key(hold_.hash())); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    batch.remove(kv::Family::kQueue, fetch_key(hold_.hash()));
    TRY(wanted_, is_referenced(view, hold_.hash()));
    if (wanted_) CHECK_OK(hold_.add_to_index(view, batch));
    return {};
  }
  void committed() override {
    if (wanted_) hold_.committed();
  }

 private:
  BlockHold hold_;
  bool wanted_ = false;
};

}  // namespace

Task<Result<void>> Holder::put(PutMessage message, bool verify) {
  if (verify) {
    const auto hash =
        co_await runtime::run_on(env_.pools.compute, [&message] { return crypto::sha256(message.raw.view()); });
    if (BlockHash{hash} != message.hash) co_return fail(ErrorKind::kInvalid, "the bytes are not those of the hash");
  }
  CO_TRY(BlockHold hold, co_await blocks_.put(message.hash, std::move(message.raw)));
  if (!pending_.add(message.owner, std::move(hold), env_.clock.monotonic_now())) {
    co_return fail(ErrorKind::kOverloaded, "too many blocks wait to be referenced");
  }
  if (!message.reference) co_return Result<void>();
  ReferMessage refer_message{message.owner, std::move(*message.reference), ReferMode::kClaim, {message.hash}};
  CO_TRY(const auto missing, co_await refer(std::move(refer_message)));
  if (!missing.empty()) co_return fail(ErrorKind::kUnavailable, "the block was given up meanwhile");
  co_return Result<void>();
}

Task<Result<std::vector<BlockHash>>> Holder::refer(ReferMessage message) {
  if (message.reference.ceiling.hybrid_ms > env_.clock.wall_now().unix_ms + kLeaseMsMax) {
    co_return fail(ErrorKind::kInvalid, "the lease ends too far in the future: a clock is wrong");
  }
  const Uuid owner = message.owner;
  Holds holds = pending_.take(owner, message.hashes);
  if (!holds.empty()) {
    if (auto synced = co_await blocks_.sync(); !synced) {
      pending_.give_back(owner, std::move(holds), env_.clock.monotonic_now());
      co_return std::unexpected(synced.error());
    }
  }
  auto change = std::make_shared<ReferChange>(std::move(message), std::move(holds));
  if (auto done = co_await commits_.commit(change); !done) {
    pending_.give_back(owner, change->take_holds(), env_.clock.monotonic_now());
    co_return std::unexpected(done.error());
  }
  co_return change->take_missing();
}

Task<Result<void>> Holder::drop(DropMessage message) {
  co_return co_await commits_.commit(std::make_shared<DropChange>(blocks_, std::move(message)));
}

Task<Result<std::vector<BlockHash>>> Holder::have(std::vector<BlockHash> hashes) {
  co_return co_await runtime::run_on(env_.pools.disk, [this, &hashes]() -> Result<std::vector<BlockHash>> {
    std::vector<kv::Key> keys;
    for (const BlockHash& hash : hashes) keys.push_back(BlockStore::index_key(hash));
    const auto rows = store_.multi_get(keys);
    std::vector<BlockHash> here;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!rows[i]) return std::unexpected(rows[i].error());
      if (rows[i]->has_value()) here.push_back(hashes[i]);
    }
    return here;
  });
}

Task<Result<void>> Holder::restore(BlockHash hash, Buffer raw) {
  CO_TRY(BlockHold hold, co_await blocks_.put(hash, std::move(raw)));
  CO_CHECK_OK(co_await blocks_.sync());
  co_return co_await commits_.commit(std::make_shared<RestoreChange>(std::move(hold)));
}

}  // namespace garage::block

#include "block/holder.hpp"

#include <algorithm>
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

class LetGoChange final : public kv::Change {
 public:
  LetGoChange(BlockStore& blocks, SeenReferences seen)
      : removal_(blocks.begin_removal()), digests_(blocks.digests()), seen_(std::move(seen)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    ReferenceDigests digests(digests_);
    CHECK_OK(let_references_go(view, batch, *removal_, seen_, &digests));
    return digests.finish(view, batch);
  }
  void committed() override { removal_->committed(); }
  size_t bytes() const override { return 256 + 256 * seen_.size(); }

 private:
  std::unique_ptr<BlockStore::Removal> removal_;
  table::DigestKeeper* const digests_;
  const SeenReferences seen_;
};

Result<std::optional<Reference>> read_reference(kv::Store& store, const ReferenceName& name) {
  TRY(const auto value, store.get(kv::Family::kBlockRef, reference_key(name.hash, name.owner)));
  if (!value) return std::nullopt;
  TRY(auto reference, decode_reference(name.hash, name.owner, *value));
  return std::move(reference);
}

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
    // What is lost will not come back by waiting: it counts as missing, so that its bytes are brought again. The others
    // are on the device, whatever disk failed.
    [[maybe_unused]] const auto synced = co_await blocks_.sync();
    std::erase_if(holds, [](const auto& entry) { return entry.second->is_lost(); });
  }
  auto change = std::make_shared<ReferChange>(std::move(message), std::move(holds), blocks_.digests());
  if (auto done = co_await commits_.commit(change); !done) {
    pending_.give_back(owner, change->take_holds(), env_.clock.monotonic_now());
    co_return std::unexpected(done.error());
  }
  if (referenced_ && !change->referenced().empty()) referenced_(change->referenced());
  co_return change->take_missing();
}

Task<Result<void>> Holder::drop(DropMessage message) {
  co_return co_await commits_.commit(std::make_shared<DropChange>(blocks_, std::move(message)));
}

Task<Result<std::optional<Reference>>> Holder::reference(ReferenceName name) {
  co_return co_await runtime::run_on(env_.pools.disk, [this, &name] { return read_reference(store_, name); });
}

Task<Result<std::vector<Held>>> Holder::held(std::vector<NamedReference> references) {
  std::vector<BlockHash> hashes;
  for (const NamedReference& wanted : references) hashes.push_back(wanted.hash);
  CO_TRY(const auto here, co_await blocks_.has_durably(std::move(hashes)));
  co_return co_await runtime::run_on(env_.pools.disk, [this, &references, &here]() -> Result<std::vector<Held>> {
    std::vector<Held> out;
    for (size_t i = 0; i < references.size(); ++i) {
      const NamedReference& wanted = references[i];
      const auto found = read_reference(store_, {wanted.hash, wanted.owner});
      // One that cannot be read is as good as none.
      const bool referenced = found && *found && (*found)->ceiling >= wanted.ceiling;
      out.push_back(!referenced ? Held::kNothing : here[i] ? Held::kAll : Held::kReference);
    }
    // Who asks lets go of its own copy then. Where commits do not wait for the device, what was read may not be there.
    if (std::ranges::find(out, Held::kAll) != out.end()) CHECK_OK(store_.sync());
    return out;
  });
}

Task<Result<void>> Holder::let_go(SeenReferences seen) {
  co_return co_await commits_.commit(std::make_shared<LetGoChange>(blocks_, std::move(seen)));
}

Task<Result<void>> Holder::restore(BlockHash hash, Buffer raw) {
  CO_TRY(BlockHold hold, co_await blocks_.put(hash, std::move(raw)));
  const auto synced = co_await blocks_.sync();
  if (!synced && hold.is_lost()) co_return std::unexpected(synced.error());
  co_return co_await commits_.commit(std::make_shared<RestoreChange>(std::move(hold)));
}

}  // namespace garage::block

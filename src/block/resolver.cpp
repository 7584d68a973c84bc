#include "block/resolver.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "block/core.hpp"
#include "block/place.hpp"
#include "block/reference.hpp"

namespace garage::block {
namespace {

constexpr Duration kRetryDelay = 1s;
constexpr size_t kBlocksPerChange = 256;

class ResolveChange : public kv::Change {
 public:
  ResolveChange(Core& core, std::vector<BlockHash> hashes) : core_(core) {
    for (const BlockHash& hash : hashes) questions_.push_back({.hash = hash});
  }

  void reads(std::vector<kv::Key>& out) const override {
    for (const Question& question : questions_) out.push_back(BlockStore::index_key(question.hash));
  }

  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (Question& question : questions_) {
      const BlockHash& hash = question.hash;
      TRY(auto value, view.get(kv::Family::kBlockIndex, hash.view()));
      if (!value) continue;
      auto place = decode_place(hash, *value);
      if (place) question.row = *place;
      TRY(const bool referenced, is_referenced(view, hash));
      if (referenced) continue;
      question.condemned = core_.holds.condemn(hash);
      if (question.condemned) batch.remove(kv::Family::kBlockIndex, std::string(hash.view()));
    }
    return {};
  }

  void committed() override {
    std::vector<BlockPlace> unnamed;
    for (Question& question : questions_) {
      if (question.condemned) {
        auto& places = question.condemned->places;
        if (question.row && std::ranges::find(places, *question.row) == places.end()) places.push_back(*question.row);
        unnamed.insert(unnamed.end(), places.begin(), places.end());
        core_.holds.end_remove(question.hash);
        question.row.reset();
      }
      for (const BlockPlace& place : core_.holds.resolved(question.hash, question.row)) unnamed.push_back(place);
    }
    core_.free_places(unnamed);
  }

  // Nothing was changed: the holds are as before.
  void failed() {
    for (Question& question : questions_) {
      if (!question.condemned) continue;
      core_.holds.end_remove(question.hash);
      core_.holds.restore(question.hash, std::move(*question.condemned));
    }
  }

  size_t bytes() const override { return 256 * questions_.size(); }

 private:
  struct Question {
    BlockHash hash;
    std::optional<BlockPlace> row = std::nullopt;
    std::optional<HoldTable::Condemned> condemned = std::nullopt;
  };
  Core& core_;
  std::vector<Question> questions_;
};

}  // namespace

Resolver::Resolver(Core& core, runtime::Loop& home)
    : core_(core), rhythm_(home, kRetryDelay, [this] { return resolve_all(); }) {}

void Resolver::add(const BlockHash& hash) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(hash);
  }
  rhythm_.request_now();
}

Task<void> Resolver::resolve_all() {
  for (;;) {
    std::vector<BlockHash> hashes;
    {
      std::lock_guard lock(mutex_);
      const size_t count = std::min(waiting_.size(), kBlocksPerChange);
      hashes.assign(waiting_.end() - static_cast<std::ptrdiff_t>(count), waiting_.end());
      waiting_.resize(waiting_.size() - count);
    }
    if (hashes.empty()) co_return;
    auto change = std::make_shared<ResolveChange>(core_, hashes);
    auto done = co_await core_.commits.commit(change);
    if (done) continue;
    change->failed();
    {
      std::lock_guard lock(mutex_);
      waiting_.insert(waiting_.end(), hashes.begin(), hashes.end());
    }
    LOG_WARN("block", "{} blocks wait to be collected: {}", hashes.size(), done.error().message);
    if (!core_.stopped) rhythm_.request();
    co_return;
  }
}

}  // namespace garage::block

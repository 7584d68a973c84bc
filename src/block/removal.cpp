#include "block/removal.hpp"

#include <set>
#include <utility>
#include <vector>

#include "block/place.hpp"

namespace garage::block {
namespace {

class IndexRemoval : public BlockStore::Removal {
 public:
  explicit IndexRemoval(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~IndexRemoval() override { end(); }

  Result<void> remove(kv::View& view, kv::Batch& batch, const BlockHash& hash) override {
    if (removing_.contains(hash)) return {};  // the view does not show what this change has done itself
    TRY(auto value, view.get(kv::Family::kBlockIndex, hash.view()));
    if (!value || !core_->holds.begin_remove(hash)) return {};
    removing_.insert(hash);
    // A damaged row goes too; what room it meant is found at the next start.
    if (auto place = decode_place(hash, *value)) places_.push_back(*place);
    batch.remove(kv::Family::kBlockIndex, std::string(hash.view()));
    return {};
  }

  void committed() override {
    core_->counters.blocks_removed += removing_.size();
    end();
    core_->free_places(std::exchange(places_, {}));
  }

 private:
  void end() {
    for (const BlockHash& hash : std::exchange(removing_, {})) core_->holds.end_remove(hash);
  }

  const std::shared_ptr<Core> core_;
  std::set<BlockHash> removing_;
  std::vector<BlockPlace> places_;
};

}  // namespace

std::unique_ptr<BlockStore::Removal> make_removal(std::shared_ptr<Core> core) {
  return std::make_unique<IndexRemoval>(std::move(core));
}

}  // namespace garage::block

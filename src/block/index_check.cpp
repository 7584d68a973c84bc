#include "block/index_check.hpp"

#include <optional>
#include <string>
#include <utility>

#include "block/place.hpp"
#include "block/record_read.hpp"

namespace garage::block {
namespace {

constexpr size_t kRowsPerStep = 1024;

struct BadRow {
  BlockHash hash;
  std::string value;
  std::optional<BlockPlace> place;  // nothing: the row itself is damaged
};

struct Search {
  std::set<std::shared_ptr<Volume>> walked;
  bool everything = false;
  std::string from;
  bool at_end = false;
  IndexCheck found;
};

// Blocking.
Result<std::vector<BadRow>> find_bad(Core& core, Search& search) {
  std::vector<BadRow> bad;
  auto cursor = core.store.iterate(kv::Family::kBlockIndex, {});
  size_t looked = 0;
  for (cursor->seek(search.from); cursor->valid() && looked < kRowsPerStep; cursor->next(), ++looked) {
    const auto hash = BlockHash::from_raw(cursor->key());
    if (!hash) continue;
    const auto place = decode_place(*hash, cursor->value());
    if (!place) {
      // One of a later format is not for us to judge.
      if (search.everything && place.error().kind == ErrorKind::kCorrupt)
        bad.push_back({.hash = *hash, .value = std::string(cursor->value()), .place = std::nullopt});
      continue;
    }
    const auto volume = core.volumes.find(place->directory, place->volume);
    if (!volume) search.found.missing[place->directory].insert(place->volume);
    if (!volume || !search.walked.contains(volume)) continue;
    const auto file = core.volumes.file(*volume);
    const auto checked = file ? check_head(**file, *hash, *place) : Result<void>(std::unexpected(file.error()));
    if (checked || checked.error().kind != ErrorKind::kCorrupt) continue;
    bad.push_back({.hash = *hash, .value = std::string(cursor->value()), .place = *place});
  }
  CHECK_OK(cursor->status());
  search.at_end = !cursor->valid();
  if (!search.at_end) search.from = cursor->key();
  return bad;
}

class RemoveBadRows : public kv::Change {
 public:
  RemoveBadRows(std::shared_ptr<Core> core, std::vector<BadRow> rows)
      : core_(std::move(core)), rows_(std::move(rows)) {}
  ~RemoveBadRows() override { end(); }

  void reads(std::vector<kv::Key>& out) const override {
    for (const BadRow& row : rows_) out.push_back(BlockStore::index_key(row.hash));
  }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    for (const BadRow& row : rows_) {
      TRY(const auto now, view.get(kv::Family::kBlockIndex, row.hash.view()));
      // Whoever holds the block is about to put another place into the row.
      if (!now || *now != row.value || !core_->holds.begin_remove(row.hash)) continue;
      removing_.push_back(row);
      batch.remove(kv::Family::kBlockIndex, std::string(row.hash.view()));
    }
    return {};
  }
  void committed() override {
    removed_ = end();
    for (const BadRow& row : removed_) {
      const auto volume = row.place ? core_->volumes.find(row.place->directory, row.place->volume) : nullptr;
      if (volume) volume->free(extent_bytes(row.place->stored_bytes));
    }
  }
  size_t bytes() const override { return 256 + 256 * rows_.size(); }
  const std::vector<BadRow>& removed() const { return removed_; }

 private:
  std::vector<BadRow> end() {
    auto ended = std::exchange(removing_, {});
    for (const BadRow& row : ended) core_->holds.end_remove(row.hash);
    return ended;
  }

  const std::shared_ptr<Core> core_;
  const std::vector<BadRow> rows_;
  std::vector<BadRow> removing_, removed_;
};

}  // namespace

Task<Result<IndexCheck>> check_index(std::shared_ptr<Core> core, std::set<std::shared_ptr<Volume>> walked,
                                     bool everything, std::function<bool()> give_up) {
  Search search{.walked = std::move(walked), .everything = everything, .from = {}, .at_end = false, .found = {}};
  while (!search.at_end) {
    if (core->stopped || (give_up && give_up())) co_return fail(ErrorKind::kClosed, "the rebuild was given up");
    CO_TRY(auto bad,
           co_await runtime::run_on(core->env.pools.disk, [&core, &search] { return find_bad(*core, search); }));
    if (bad.empty()) continue;
    auto change = std::make_shared<RemoveBadRows>(core, std::move(bad));
    CO_CHECK_OK(co_await core->commits.commit(change));
    search.found.rows_removed += change->removed().size();
    for (const BadRow& row : change->removed()) {
      if (core->options.on_damaged) core->options.on_damaged(row.hash);
    }
  }
  co_return std::move(search.found);
}

}  // namespace garage::block

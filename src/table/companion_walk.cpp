#include "table/companion_walk.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "table/install.hpp"
#include "table/messages.hpp"

namespace garage::table {
namespace {

constexpr size_t kWalkMax = 200'000;  // companions of one row; a bound against rows that lie

// Some of those of a row that is here or is to come. Where a newer one has come meanwhile that names others, or the row
// belongs here no more, nothing would tell of these; but a newer one may name the same, as a row does of which only the
// tags were changed.
class PutCompanions final : public kv::Change {
 public:
  PutCompanions(const Schema& schema, Placement& placement, std::shared_ptr<const Request> install,
                std::vector<Companion> companions)
      : schema_(schema), placement_(placement), install_(std::move(install)), companions_(std::move(companions)) {}
  void reads(std::vector<kv::Key>& out) const override { name_held(schema_.family(), install_->key, out); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    const std::string& key = install_->key;
    const Row& row = *install_->row;
    if (install_->stage < placement_.stage_of(key)) return {};
    TRY(const Held held, read_held(view, schema_.family(), key));
    const bool is_newer = held.row_ord() > row.ord;
    if (is_newer && schema_.companions_of(key, *held.row) != schema_.companions_of(key, row)) return {};
    for (const Companion& one : companions_) batch.put(one.family, one.key, one.value);
    return {};
  }
  size_t bytes() const override {
    size_t total = 256;
    for (const Companion& one : companions_) total += one.key.size() + one.value.size();
    return total;
  }
  bool settles() const override { return install_->settles; }

 private:
  const Schema& schema_;
  Placement& placement_;
  const std::shared_ptr<const Request> install_;
  const std::vector<Companion> companions_;
};

const Companion* find_companion(const std::vector<Companion>& among, const kv::Key& key) {
  const auto found = std::ranges::find_if(
      among, [&](const Companion& one) { return one.family == key.family && one.key == key.bytes; });
  return found == among.end() ? nullptr : &*found;
}

Task<Result<std::string>> fetch_one(CompanionSource& source, Placement& placement, const Request& install,
                                    kv::Key key) {
  if (!install.companions_at) co_return co_await source.read(placement, install.key, std::move(key));
  CO_TRY(auto there, co_await source.fetch(*install.companions_at, std::move(key)));
  if (!there) co_return fail(ErrorKind::kNotFound, "a companion of the row is gone");
  co_return std::move(*there);
}

}  // namespace

CompanionWalk::CompanionWalk(const Schema& schema, std::string_view key, const Row& row) : schema_(schema) {
  auto keys = schema.companions_of(key, row);
  left_.assign(std::make_move_iterator(keys.begin()), std::make_move_iterator(keys.end()));
}

Result<kv::Key> CompanionWalk::at() const {
  if (!is_beside_rows(left_.front().family) || walked_ >= kWalkMax) {
    return fail(ErrorKind::kCorrupt, "no proper companions");
  }
  return left_.front();
}

void CompanionWalk::found(std::string_view value) {
  ++walked_;
  auto behind = schema_.companions_behind(left_.front(), value);
  std::ranges::move(behind, std::back_inserter(left_));
  left_.pop_front();
}

Task<Result<std::optional<std::vector<Companion>>>> gather_companions(CompanionReplica& own, Schema& schema,
                                                                      std::string key, Row row) {
  std::vector<Companion> out;
  size_t bytes = 0;
  for (CompanionWalk walk(schema, key, row); !walk.done();) {
    CO_TRY(kv::Key at, walk.at());
    if (out.size() == kCompanionsMax) co_return std::nullopt;
    CO_TRY(auto value, co_await own.read(at));
    if (!value) co_return fail(ErrorKind::kNotFound, "a companion of the row is gone");
    bytes += at.bytes.size() + value->size();
    if (bytes > kCompanionBytesMax) co_return std::nullopt;
    walk.found(*value);
    out.push_back({at.family, std::move(at.bytes), std::move(*value)});
  }
  co_return std::move(out);
}

Task<Result<std::vector<Companion>>> fetch_companions(CompanionReplica& own, CompanionSource& source,
                                                      kv::CommitQueue& commits, Schema& schema, Placement& placement,
                                                      std::shared_ptr<const Request> install) {
  std::vector<Companion> fetched;
  size_t bytes = 0;
  for (CompanionWalk walk(schema, install->key, *install->row); !walk.done();) {
    CO_TRY(kv::Key at, walk.at());
    if (const Companion* brought = find_companion(install->companions, at)) {
      walk.found(brought->value);
      continue;
    }
    CO_TRY(auto here, co_await own.read(at));
    if (here) {
      walk.found(*here);
      continue;
    }
    CO_TRY(std::string there, co_await fetch_one(source, placement, *install, at));
    walk.found(there);
    bytes += at.bytes.size() + there.size();
    fetched.push_back({at.family, std::move(at.bytes), std::move(there)});
    if (bytes < kCompanionBytesMax) continue;
    auto change = std::make_shared<PutCompanions>(schema, placement, install, std::exchange(fetched, {}));
    CO_CHECK_OK(co_await commits.commit(std::move(change)));
    bytes = 0;
  }
  co_return std::move(fetched);
}

}  // namespace garage::table

#include "table/companion_walk.hpp"

#include <deque>
#include <memory>
#include <utility>

#include "table/install.hpp"
#include "table/messages.hpp"

namespace garage::table {
namespace {

constexpr size_t kWalkMax = 200'000;  // companions of one row; a bound against rows that lie

// For a row that is here or is to come. Where a newer one has come meanwhile that names others, nothing would tell of
// these; but it may name the same, as a row does of which only the tags were changed.
class PutCompanions final : public kv::Change {
 public:
  PutCompanions(const Schema& schema, std::string key, Row row, std::vector<Companion> companions)
      : schema_(schema), key_(std::move(key)), row_(std::move(row)), companions_(std::move(companions)) {}
  void reads(std::vector<kv::Key>& out) const override { name_held(schema_.family(), key_, out); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    TRY(const Held held, read_held(view, schema_.family(), key_));
    const bool is_newer = held.row_ord() > row_.ord;
    if (is_newer && schema_.companions_of(key_, *held.row) != schema_.companions_of(key_, row_)) return {};
    for (const Companion& one : companions_) batch.put(one.family, one.key, one.value);
    return {};
  }
  size_t bytes() const override {
    size_t total = 256;
    for (const Companion& one : companions_) total += one.key.size() + one.value.size();
    return total;
  }

 private:
  const Schema& schema_;
  const std::string key_;
  const Row row_;
  const std::vector<Companion> companions_;
};

std::deque<kv::Key> first_keys(const Schema& schema, std::string_view key, const Row& row) {
  auto keys = schema.companions_of(key, row);
  return {std::make_move_iterator(keys.begin()), std::make_move_iterator(keys.end())};
}

void add_keys_behind(const Schema& schema, const kv::Key& at, std::string_view value, std::deque<kv::Key>& to) {
  for (kv::Key& key : schema.companions_behind(at, value)) to.push_back(std::move(key));
}

}  // namespace

Task<Result<std::optional<std::vector<Companion>>>> gather_companions(CompanionReplica& own, Schema& schema,
                                                                      std::string key, Row row) {
  std::vector<Companion> out;
  size_t bytes = 0;
  for (auto left = first_keys(schema, key, row); !left.empty(); left.pop_front()) {
    const kv::Key& at = left.front();
    if (out.size() == kCompanionsMax) co_return std::nullopt;
    CO_TRY(auto value, co_await own.read(at));
    if (!value) co_return fail(ErrorKind::kNotFound, "a companion of the row is gone");
    bytes += at.bytes.size() + value->size();
    if (bytes > kCompanionBytesMax) co_return std::nullopt;
    add_keys_behind(schema, at, *value, left);
    out.push_back({left.front().family, left.front().bytes, std::move(*value)});
  }
  co_return std::move(out);
}

Task<Result<void>> fetch_companions(CompanionReplica& own, CompanionSource& source, kv::CommitQueue& commits,
                                    Schema& schema, NodeId from, std::string key, Row row) {
  std::vector<Companion> fetched;
  size_t bytes = 0;
  size_t walked = 0;
  for (auto left = first_keys(schema, key, row); !left.empty(); left.pop_front()) {
    const kv::Key at = left.front();
    if (!is_beside_rows(at.family) || ++walked > kWalkMax) co_return fail(ErrorKind::kCorrupt, "no proper companions");
    CO_TRY(auto value, co_await own.read(at));
    if (value) {
      add_keys_behind(schema, at, *value, left);
      continue;
    }
    CO_TRY(auto there, co_await source.fetch(from, at));
    if (!there) co_return fail(ErrorKind::kNotFound, "a companion of the row is gone");
    add_keys_behind(schema, at, *there, left);
    bytes += at.bytes.size() + there->size();
    fetched.push_back({at.family, at.bytes, std::move(*there)});
    if (bytes < kCompanionBytesMax) continue;
    CO_CHECK_OK(co_await commits.commit(std::make_shared<PutCompanions>(schema, key, row, std::exchange(fetched, {}))));
    bytes = 0;
  }
  if (fetched.empty()) co_return Result<void>();
  co_return co_await commits.commit(std::make_shared<PutCompanions>(schema, key, row, std::move(fetched)));
}

Task<Result<bool>> has_companions(CompanionSource& source, const Schema& schema, NodeId at, std::string key, Row row) {
  size_t walked = 0;
  for (auto left = first_keys(schema, key, row); !left.empty(); left.pop_front()) {
    const kv::Key name = left.front();
    if (!is_beside_rows(name.family) || ++walked > kWalkMax)
      co_return fail(ErrorKind::kCorrupt, "no proper companions");
    CO_TRY(const auto there, co_await source.fetch(at, name));
    if (!there) co_return false;
    add_keys_behind(schema, name, *there, left);
  }
  co_return true;
}

}  // namespace garage::table

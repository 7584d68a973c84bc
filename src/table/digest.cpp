#include "table/digest.hpp"

#include <memory>
#include <utility>

#include "base/log.hpp"
#include "codec/big_endian.hpp"
#include "codec/tlv.hpp"
#include "crypto/xxhash.hpp"
#include "table/ord_codec.hpp"
#include "table/row_key.hpp"

namespace garage::table {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr uint32_t kTagSum = 1;
constexpr uint32_t kTagComplete = 1, kTagWatermark = 2;
constexpr size_t kCountedAtOnce = 256;
constexpr size_t kSumBytes = 16;

std::string cell_prefix(kv::Family family, Partition partition) {
  return {static_cast<char>(family), static_cast<char>(partition >> 8), static_cast<char>(partition & 0xff)};
}
std::string cell_key(kv::Family family, Partition partition, size_t bucket) {
  return cell_prefix(family, partition) + static_cast<char>(bucket);
}
// Behind all cells of the family.
std::string marker_key(kv::Family family) {
  return {static_cast<char>(family), '\xff', '\xff', '\xff'};
}

DigestSum hash_of(std::string_view key, Ord version) {
  std::string bytes(view(ord_bytes(version)));
  bytes.append(key);
  const auto hash = crypto::xxh3_128(bytes);
  return {hash.hi, hash.lo};
}

std::string encode_sum(std::string_view key, const DigestSum& sum) {
  std::string raw;
  codec::append_u64_be(raw, sum.hi);
  codec::append_u64_be(raw, sum.lo);
  codec::TlvWriter out(kFormatVersion);
  out.bytes(kTagSum, raw);
  return std::move(out).finish(key);
}

Result<DigestSum> decode_sum(std::string_view key, std::string_view value) {
  TRY(auto in, codec::TlvReader::open(key, value, kFormatVersion));
  DigestSum sum;
  while (in.next()) {
    if (in.tag() != kTagSum) continue;
    if (in.bytes().size() != kSumBytes) return fail(ErrorKind::kCorrupt, "a sum of another length");
    sum = {codec::load_u64_be(in.bytes().data()), codec::load_u64_be(in.bytes().data() + 8)};
  }
  CHECK_OK(in.status());
  return sum;
}

struct Marker {
  bool complete = false;
  std::string watermark;  // rows before it are counted
  bool counts(std::string_view key) const { return complete || key < watermark; }
};

std::string encode_marker(std::string_view key, const Marker& marker) {
  codec::TlvWriter out(kFormatVersion);
  if (marker.complete) out.u64(kTagComplete, 1);
  out.bytes(kTagWatermark, marker.watermark);
  return std::move(out).finish(key);
}

Result<Marker> decode_marker(std::string_view key, std::string_view value) {
  TRY(auto in, codec::TlvReader::open(key, value, kFormatVersion));
  Marker marker;
  while (in.next()) {
    if (in.tag() == kTagComplete) marker.complete = in.number() != 0;
    if (in.tag() == kTagWatermark) marker.watermark = in.bytes();
  }
  CHECK_OK(in.status());
  return marker;
}

Result<std::optional<Marker>> read_marker(kv::View& view, kv::Family family) {
  const std::string key = marker_key(family);
  TRY(const auto value, view.get(kv::Family::kDigest, key));
  if (!value) return std::nullopt;
  auto marker = decode_marker(key, *value);
  if (!marker) return std::nullopt;  // as if it were off: switching on begins anew
  return std::move(*marker);
}

Result<void> add_to_cell(kv::View& view, kv::Batch& batch, std::string key, const DigestSum& difference) {
  DigestSum sum;
  TRY(const auto value, view.get(kv::Family::kDigest, key));
  if (value) {
    auto held = decode_sum(key, *value);
    if (!held) {
      // It must not keep rows from being written: all of the family are counted anew.
      batch.remove(kv::Family::kDigest, marker_key(static_cast<kv::Family>(key.front())));
      return {};
    }
    sum = *held;
  }
  sum.add(difference);
  if (sum.is_zero()) {
    batch.remove(kv::Family::kDigest, std::move(key));
  } else {
    std::string encoded = encode_sum(key, sum);
    batch.put(kv::Family::kDigest, std::move(key), std::move(encoded));
  }
  return {};
}

DigestSum difference_of(std::string_view key, Ord before, Ord after) {
  DigestSum difference;
  if (!before.is_zero()) difference.subtract(hash_of(key, before));
  if (!after.is_zero()) difference.add(hash_of(key, after));
  return difference;
}

}  // namespace

size_t digest_bucket_of(std::string_view key) {
  return crypto::xxh3_64(key) % kDigestBuckets;
}

void DigestChange::replace(kv::Family family, std::string_view key, Ord before, Ord after) {
  if (before != after) items_.push_back({family, std::string(key), difference_of(key, before, after)});
}

Result<void> DigestChange::apply(kv::View& view, kv::Batch& batch) {
  std::map<kv::Family, std::optional<Marker>> markers;
  std::map<std::string, DigestSum> cells;
  for (const Item& item : items_) {
    auto found = markers.find(item.family);
    if (found == markers.end()) {
      TRY(auto marker, read_marker(view, item.family));
      found = markers.emplace(item.family, std::move(marker)).first;
    }
    const auto partition = partition_of_row(item.family, item.key);
    if (!partition || !found->second || !found->second->counts(item.key)) continue;
    cells[cell_key(item.family, *partition, digest_bucket_of(item.key))].add(item.difference);
  }
  for (const auto& [key, difference] : cells) CHECK_OK(add_to_cell(view, batch, key, difference));
  return {};
}

Result<void> DigestKeeper::replace(kv::View& view, kv::Batch& batch, kv::Family family, std::string_view key,
                                   Ord before, Ord after) {
  if (!on_) return {};
  DigestChange change;
  change.replace(family, key, before, after);
  return change.apply(view, batch);
}

void DigestKeeper::name_reads(kv::Family family, std::string_view key, std::vector<kv::Key>& out) const {
  const auto partition = on_ ? partition_of_row(family, key) : std::nullopt;
  if (!partition) return;
  out.push_back({kv::Family::kDigest, marker_key(family)});
  out.push_back({kv::Family::kDigest, cell_key(family, *partition, digest_bucket_of(key))});
}

// Cells of an earlier time are worth nothing: rows have changed since.
Result<void> DigestKeeper::begin_anew(kv::Batch& batch, kv::Family family) {
  const std::string marker = marker_key(family);
  // Where it went only now, what was counted by it is not in the store yet: the next time.
  TRY(const auto stored, store_.get(kv::Family::kDigest, marker));
  if (stored && decode_marker(marker, *stored)) return {};
  const std::string first(1, static_cast<char>(family));
  auto cells = store_.iterate(kv::Family::kDigest, {first, prefix_end(first)});
  for (cells->seek(first); cells->valid(); cells->next()) {
    batch.remove(kv::Family::kDigest, std::string(cells->key()));
  }
  CHECK_OK(cells->status());
  batch.put(kv::Family::kDigest, marker, encode_marker(marker, {}));
  return {};
}

class DigestKeeper::SwitchOn final : public kv::Change {
 public:
  explicit SwitchOn(DigestKeeper& keeper, kv::Family family) : keeper_(keeper), family_(family) {}
  void reads(std::vector<kv::Key>& out) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    TRY(const auto marker, read_marker(view, family_));
    return marker ? Result<void>() : keeper_.begin_anew(batch, family_);
  }

 private:
  DigestKeeper& keeper_;
  const kv::Family family_;
};

class DigestKeeper::SwitchOff final : public kv::Change {
 public:
  explicit SwitchOff(kv::Family family) : family_(family) {}
  void reads(std::vector<kv::Key>& out) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    batch.remove(kv::Family::kDigest, marker_key(family_));
    return {};
  }

 private:
  const kv::Family family_;
};

class DigestKeeper::CountSome final : public kv::Change {
 public:
  CountSome(DigestKeeper& keeper, const VersionedRows& rows) : keeper_(keeper), rows_(rows) {}
  void reads(std::vector<kv::Key>& out) const override {}
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    const kv::Family family = rows_.family();
    if (keeper_.ending_) return {};
    TRY(auto marker, read_marker(view, family));
    if (!marker) {
      LOG_WARN("table", "digests of the family {} are damaged: its rows are counted anew", kv::family_name(family));
      return keeper_.begin_anew(batch, family);
    }
    if (keeper_.damaged_[static_cast<size_t>(family)].exchange(false)) {
      batch.remove(kv::Family::kDigest, marker_key(family));
      return {};
    }
    complete_ = marker->complete;
    if (complete_) return {};
    std::map<std::string, DigestSum> cells;
    for (size_t n = 0; n < kCountedAtOnce; ++n) {
      TRY(const auto key, view.first_key(family, marker->watermark, {}));
      if (!key) {
        marker->complete = true;
        break;
      }
      CHECK_OK(count(view, *key, cells));
      marker->watermark = *key + '\0';
    }
    for (const auto& [key, sum] : cells) CHECK_OK(add_to_cell(view, batch, key, sum));
    const std::string key = marker_key(family);
    batch.put(kv::Family::kDigest, key, encode_marker(key, *marker));
    complete_ = marker->complete;
    return {};
  }
  bool complete() const { return complete_; }

 private:
  Result<void> count(kv::View& view, const std::string& key, std::map<std::string, DigestSum>& cells) {
    const auto partition = partition_of_row(rows_.family(), key);
    TRY(const auto value, view.get(rows_.family(), key));
    if (!partition || !value) return {};
    const auto version = rows_.version_of(key, *value);
    if (!version) {
      // Not counted, so that it differs from what others hold.
      LOG_WARN("table", "a row cannot be read and is left out of the digests: {}", version.error().message);
      return {};
    }
    cells[cell_key(rows_.family(), *partition, digest_bucket_of(key))].add(hash_of(key, *version));
    return {};
  }

  DigestKeeper& keeper_;
  const VersionedRows& rows_;
  bool complete_ = false;
};

Result<void> DigestKeeper::load() {
  for (const VersionedRows* rows : tables_) {
    if (!rows) continue;
    TRY(const auto marker, store_.get(kv::Family::kDigest, marker_key(rows->family())));
    if (marker) on_ = true;
  }
  return {};
}

Task<Result<void>> DigestKeeper::switch_on() {
  ending_ = false;
  on_ = true;
  for (const VersionedRows* rows : tables_) {
    if (rows) CO_CHECK_OK(co_await commits_.commit(std::make_shared<SwitchOn>(*this, rows->family())));
  }
  co_return Result<void>();
}

Task<Result<void>> DigestKeeper::switch_off() {
  ending_ = true;
  for (const VersionedRows* rows : tables_) {
    if (rows) CO_CHECK_OK(co_await commits_.commit(std::make_shared<SwitchOff>(rows->family())));
  }
  on_ = false;
  co_return Result<void>();
}

Task<Result<bool>> DigestKeeper::count_some(kv::Family family) {
  const VersionedRows* rows = tables_[static_cast<size_t>(family)];
  if (!rows || !on_) co_return false;
  auto change = std::make_shared<CountSome>(*this, *rows);
  CO_CHECK_OK(co_await commits_.commit(change));
  co_return change->complete();
}

Result<std::optional<DigestGrid>> DigestKeeper::grid(kv::Family family, Partition partition) {
  const std::string marker_at = marker_key(family);
  TRY(const auto marker_value, store_.get(kv::Family::kDigest, marker_at));
  if (!marker_value) return std::nullopt;
  TRY(const Marker marker, decode_marker(marker_at, *marker_value));
  if (!marker.complete) return std::nullopt;
  DigestGrid out;
  const std::string prefix = cell_prefix(family, partition);
  auto cells = store_.iterate(kv::Family::kDigest, {prefix, prefix_end(prefix)});
  for (cells->seek(prefix); cells->valid(); cells->next()) {
    const auto bucket = static_cast<unsigned char>(cells->key().back());
    if (bucket >= kDigestBuckets) continue;
    const auto sum = decode_sum(cells->key(), cells->value());
    if (!sum) {
      damaged_[static_cast<size_t>(family)] = true;
      return std::nullopt;
    }
    out[bucket] = *sum;
  }
  CHECK_OK(cells->status());
  return out;
}

}  // namespace garage::table

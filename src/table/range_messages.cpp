#include "table/range_messages.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "codec/tlv.hpp"
#include "table/ord_codec.hpp"
#include "table/range.hpp"

namespace garage::table {
namespace {

enum RequestTag : uint32_t { kTagFamily = 1, kTagPrefix = 2, kTagFrom = 3, kTagDelimiter = 4, kTagSection = 5 };
enum SectionTag : uint32_t { kTagStage = 1, kTagShard = 2, kTagItemsMax = 3 };
enum AnswerTag : uint32_t { kTagAnswerSection = 1 };
enum SectionAnswerTag : uint32_t { kTagVerdict = 1, kTagAnswerStage = 2, kTagCompleteTo = 3, kTagItem = 4 };
enum ItemTag : uint32_t {
  kTagItemShard = 1,
  kTagItemKey = 2,
  kTagItemOrd = 3,
  kTagItemUuid = 4,
  kTagItemModified = 5,
  kTagItemValue = 6,
  kTagItemPrefixBytes = 7,
};

constexpr size_t kShardBytesMax = 64;

codec::TlvWriter encode_item(const RangeItem& item) {
  auto out = codec::TlvWriter::nested();
  out.reserve(64 + item.key.size() + (item.value ? item.value->size() : 0));
  out.u64(kTagItemShard, item.shard);
  out.bytes(kTagItemKey, item.key);
  out.bytes(kTagItemOrd, view(ord_bytes(item.ord)));
  out.bytes(kTagItemUuid, item.uuid.view());
  if (item.modified_ms != 0) out.u64(kTagItemModified, item.modified_ms);
  if (item.value) out.bytes(kTagItemValue, *item.value);
  if (item.prefix_bytes != 0) out.u64(kTagItemPrefixBytes, item.prefix_bytes);
  return out;
}

// A number beyond what this processor counts must not look like a small one.
size_t counted(codec::TlvReader& in) {
  return static_cast<size_t>(std::min<uint64_t>(in.number(), SIZE_MAX));
}

Result<RangeItem> decode_item(codec::TlvReader in) {
  RangeItem item;
  while (in.next()) {
    switch (in.tag()) {
      case kTagItemShard:
        item.shard = counted(in);
        break;
      case kTagItemKey:
        item.key = in.bytes();
        break;
      case kTagItemOrd:
        if (in.bytes().size() != kOrdBytes) return fail(ErrorKind::kCorrupt, "an ord of another length");
        item.ord = load_ord(in.bytes().data());
        break;
      case kTagItemUuid:
        if (const auto uuid = Uuid::from_raw(in.bytes())) {
          item.uuid = *uuid;
        } else {
          in.mark_damaged();
        }
        break;
      case kTagItemModified:
        item.modified_ms = in.number();
        break;
      case kTagItemValue:
        item.value.emplace(in.bytes());
        break;
      case kTagItemPrefixBytes:
        item.prefix_bytes = counted(in);
        break;
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  return item;
}

Result<RangeSection> decode_section(codec::TlvReader in) {
  RangeSection section;
  while (in.next()) {
    switch (in.tag()) {
      case kTagStage:
        section.stage = in.number();
        break;
      case kTagShard:
        if (in.bytes().empty() || in.bytes().size() > kShardBytesMax) return fail(ErrorKind::kInvalid, "no shard");
        section.shards.emplace_back(in.bytes());
        break;
      case kTagItemsMax:
        section.items_max = counted(in);
        break;
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  if (section.shards.empty()) return fail(ErrorKind::kInvalid, "a section without a shard");
  if (section.items_max == 0 || section.items_max > kRangeRowsMax + 1) {
    return fail(ErrorKind::kInvalid, "a section of no proper length");
  }
  return section;
}

Result<SectionAnswer> decode_section_answer(codec::TlvReader in, size_t items_max) {
  SectionAnswer section;
  uint64_t verdict = 0;
  while (in.next()) {
    switch (in.tag()) {
      case kTagVerdict:
        verdict = in.number();
        break;
      case kTagAnswerStage:
        section.stage = in.number();
        break;
      case kTagCompleteTo:
        section.complete_to.emplace(in.bytes());
        break;
      case kTagItem: {
        if (section.items.size() == items_max) return fail(ErrorKind::kCorrupt, "more rows than were asked for");
        TRY(auto item, decode_item(in.message()));
        section.items.push_back(std::move(item));
        break;
      }
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  if (verdict != static_cast<uint64_t>(Verdict::kDone) && verdict != static_cast<uint64_t>(Verdict::kStageOver)) {
    return fail(ErrorKind::kUnsupported, "a verdict of a newer program");
  }
  section.verdict = static_cast<Verdict>(verdict);
  return section;
}

Result<void> check(const RangeRequest& request, const RangeSection& asked, const SectionAnswer& section) {
  std::string_view last;
  for (const RangeItem& item : section.items) {
    const std::string_view prefix = common_prefix_of(item.key, request.prefix, request.delimiter);
    const bool ascends = last.data() == nullptr || last < item.key;
    const bool inside = item.key.starts_with(request.prefix) && item.key >= request.from;
    const bool rolled_up = item.prefix_bytes == prefix.size() && (prefix.empty() || !item.value);
    if (!ascends || !inside || !rolled_up || item.shard >= asked.shards.size() || item.ord.is_zero()) {
      return fail(ErrorKind::kCorrupt, "rows that were not asked for");
    }
    last = item.key;
  }
  if (section.complete_to && *section.complete_to <= last) return fail(ErrorKind::kCorrupt, "rows beyond their bound");
  if (section.complete_to && *section.complete_to < request.from) return fail(ErrorKind::kCorrupt, "a bound too low");
  return {};
}

}  // namespace

std::string_view common_prefix_of(std::string_view key, std::string_view prefix, std::string_view delimiter) {
  if (delimiter.empty() || !key.starts_with(prefix)) return {};
  const size_t at = key.find(delimiter, prefix.size());
  return at == std::string_view::npos ? std::string_view() : key.substr(0, at + delimiter.size());
}

std::string encode_range_request(const RangeRequest& request) {
  auto out = codec::TlvWriter::nested();
  out.u64(kTagFamily, static_cast<uint64_t>(request.family));
  out.bytes(kTagPrefix, request.prefix);
  out.bytes(kTagFrom, request.from);
  out.bytes(kTagDelimiter, request.delimiter);
  for (const RangeSection& section : request.sections) {
    auto body = codec::TlvWriter::nested();
    body.u64(kTagStage, section.stage);
    for (const std::string& shard : section.shards) body.bytes(kTagShard, shard);
    body.u64(kTagItemsMax, section.items_max);
    out.message(kTagSection, body);
  }
  return std::move(out).take_body();
}

Result<RangeRequest> decode_range_request(std::string_view encoded) {
  RangeRequest request;
  size_t shards = 0;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    switch (in.tag()) {
      case kTagFamily: {
        const uint64_t number = in.number();
        if (number >= kv::kFamilyCount) return fail(ErrorKind::kUnsupported, "a family of a newer program");
        request.family = static_cast<kv::Family>(number);
        break;
      }
      case kTagPrefix:
        request.prefix = in.bytes();
        break;
      case kTagFrom:
        request.from = in.bytes();
        break;
      case kTagDelimiter:
        request.delimiter = in.bytes();
        break;
      case kTagSection: {
        TRY(auto section, decode_section(in.message()));
        shards += section.shards.size();
        if (shards > kRangeShardsMax) return fail(ErrorKind::kInvalid, "too many shards");
        request.sections.push_back(std::move(section));
        break;
      }
      default:
        break;
    }
  }
  CHECK_OK(in.status());
  const size_t longest = std::max({request.prefix.size(), request.from.size(), request.delimiter.size()});
  if (request.sections.empty() || longest > kRowKeyBytesMax) return fail(ErrorKind::kInvalid, "no proper range");
  return request;
}

std::string encode_range_answer(const std::vector<SectionAnswer>& answer) {
  auto out = codec::TlvWriter::nested();
  for (const SectionAnswer& section : answer) {
    auto body = codec::TlvWriter::nested();
    body.u64(kTagVerdict, static_cast<uint64_t>(section.verdict));
    body.u64(kTagAnswerStage, section.stage);
    if (section.complete_to) body.bytes(kTagCompleteTo, *section.complete_to);
    for (const RangeItem& item : section.items) body.message(kTagItem, encode_item(item));
    out.message(kTagAnswerSection, body);
  }
  return std::move(out).take_body();
}

Result<std::vector<SectionAnswer>> decode_range_answer(const RangeRequest& request, std::string_view encoded) {
  std::vector<SectionAnswer> out;
  auto in = codec::TlvReader::nested(encoded);
  while (in.next()) {
    if (in.tag() != kTagAnswerSection) continue;
    if (out.size() == request.sections.size()) return fail(ErrorKind::kCorrupt, "more sections than were asked for");
    const RangeSection& asked = request.sections[out.size()];
    TRY(auto section, decode_section_answer(in.message(), items_told_max(asked.items_max)));
    CHECK_OK(check(request, asked, section));
    out.push_back(std::move(section));
  }
  CHECK_OK(in.status());
  if (out.size() != request.sections.size()) return fail(ErrorKind::kCorrupt, "fewer sections than were asked for");
  return out;
}

}  // namespace garage::table

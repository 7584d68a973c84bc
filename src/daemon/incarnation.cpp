#include "daemon/incarnation.hpp"

#include "codec/tlv.hpp"

namespace garage::daemon {
namespace {

constexpr std::string_view kRowKey = "incarnation";
constexpr uint8_t kFormat = 1;
enum Tag : uint32_t { kId = 1 };

std::string encode(const Uuid& id) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kId, id.view());
  return std::move(writer).finish(kRowKey);
}

Result<Uuid> decode(std::string_view encoded) {
  TRY(auto reader, codec::TlvReader::open(kRowKey, encoded, kFormat));
  std::optional<Uuid> id;
  while (reader.next()) {
    if (reader.tag() == kId) id = Uuid::from_raw(reader.bytes());
  }
  CHECK_OK(reader.status());
  if (!id) return fail(ErrorKind::kCorrupt, "incarnation row without an id");
  return *id;
}

class WriteIncarnation : public kv::Change {
 public:
  explicit WriteIncarnation(const Uuid& id) : id_(id) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch& batch) override {
    batch.put(kv::Family::kMeta, std::string(kRowKey), encode(id_));
    return {};
  }

 private:
  Uuid id_;
};

}  // namespace

Result<std::optional<Uuid>> load_incarnation(kv::Store& store) {
  TRY(const auto encoded, store.get(kv::Family::kMeta, kRowKey));
  if (!encoded) return std::nullopt;
  return decode(*encoded);
}

Result<Uuid> draw_incarnation(kv::Store& store, kv::CommitQueue& commits, runtime::Random& random) {
  const Uuid id = random.id<Uuid>();
  WriteIncarnation change(id);
  CHECK_OK(commits.commit_now(change));
  // Also where commits are not synced: a layout, which is, must not outlive it.
  CHECK_OK(store.sync());
  return id;
}

}  // namespace garage::daemon

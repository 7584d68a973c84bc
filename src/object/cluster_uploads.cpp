// What an ended upload left, where several nodes keep it. Each replica goes through the part attempts that lie on it.
#include <algorithm>
#include <memory>
#include <utility>

#include "object/cluster_collector.hpp"
#include "object/collector.hpp"
#include "object/queue_entry.hpp"
#include "object/upload_access.hpp"
#include "object/upload_rows.hpp"
#include "object/verdict.hpp"
#include "table/compose.hpp"
#include "table/digest.hpp"
#include "table/gather.hpp"
#include "table/install.hpp"
#include "table/presence.hpp"
#include "table/upload_mark.hpp"

namespace garage::object {
namespace {

// A part's row leaves this node, and what lies beside it, unless the object's row is here and names the part: then that
// goes with the object.
class ForgetPart final : public kv::Change {
 public:
  // `for_object`: the part lives on here. Until the object's row has come that names it, its own row stays: should that
  // be replaced before it was here, nothing else would tell of what lies beside the part.
  ForgetPart(table::Schema& schema, std::string key, std::string object_row, const model::BodyPlace& body,
             bool for_object)
      : schema_(schema),
        key_(std::move(key)),
        object_row_(std::move(object_row)),
        owner_(body.owner),
        for_object_(for_object) {
    name_rows_of(body, beside_);
  }
  void reads(std::vector<kv::Key>& out) const override { table::name_installed(schema_, key_, out); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    TRY(const bool named, is_named_here(view, object_row_, owner_));
    stays_ = for_object_ && !named;
    if (stays_) return {};
    TRY(const auto encoded, view.get(schema_.family(), key_));
    if (encoded) {
      TRY(const auto row, table::decode_row_view(key_, *encoded));
      const Ord ord = row.ord;  // the view is gone with the next get()
      batch.remove(schema_.family(), key_);
      if (auto* digests = schema_.digests()) {
        CHECK_OK(digests->replace(view, batch, schema_.family(), key_, ord, Ord{}));
      }
    }
    if (named) return {};
    for (const auto& row : beside_) batch.remove(row.family, row.bytes);
    return {};
  }
  bool stays() const { return stays_; }

 private:
  table::Schema& schema_;
  const std::string key_, object_row_;
  const Uuid owner_;
  const bool for_object_;
  std::vector<kv::Key> beside_;
  bool stays_ = false;
};

// Do all of these have the object on their devices, with what lies beside its parts?
Task<Result<bool>> all_have_object(Core& core, table::ReplicaSet keepers, std::string object_row) {
  CO_TRY(const auto row, co_await core.objects->read(object_row));
  if (!row) co_return false;
  table::PresenceRequest asked;
  asked.stage = core.cluster->rows->stage_of(object_row);
  asked.rows.push_back({object_row, row->ord});
  for (const NodeId& node : keepers) {
    const auto told = co_await table::ask_presence(*core.cluster->caller, node, asked);
    if (!told || told->front() != table::Presence::kAll) co_return false;
  }
  co_return true;
}

// Is it over? If its row says that it is open, the object's row may know better: then the row is brought up to it.
Task<Result<bool>> is_over(Core& core, std::string upload_row, std::string object_row) {
  CO_TRY(const auto row, co_await core.uploads->read(upload_row));
  if (!row || !row->value) co_return true;
  CO_TRY(auto upload, model::decode_upload(*row->value));
  if (upload.state != model::UploadState::kOpen) co_return true;
  CO_TRY(const auto object, co_await core.objects->read(object_row));
  if (!object || !object->value) co_return false;
  CO_TRY(const auto version, model::decode_object_version(*object->value));
  if (version.upload != upload.id) co_return false;
  complete_as(upload, version);
  CO_CHECK_OK(co_await write_upload(core, upload_row, model::encode_upload(upload)));
  co_return true;
}

Task<Result<table::UploadMark>> mark_here(Core& core, std::string object_row, Uuid upload) {
  const std::string key = table::upload_mark_key(kv::Family::kObject, object_row, upload);
  CO_TRY(const auto encoded, co_await core.get(kv::Family::kPromise, key));
  co_return encoded ? table::decode_upload_mark(key, *encoded) : table::UploadMark{};
}

// What has become of the write that brought the version, for good.
Task<Result<table::Fate>> fate_of_version(Core& core, DropEntry entry, table::CompletionNote note) {
  CO_TRY(auto row, co_await core.objects->read(entry.row_key));
  if (!row || row->ord <= note.ord) {
    CO_TRY(auto settled, co_await core.objects->settle(entry.row_key, {note.ord, std::nullopt}));
    row = std::move(settled.row);
  }
  co_return table::fate_of(note.write, note.conditional, note.ord, row);
}

// end_upload_of() what was replaced here: the entry of a version is due long after that of its upload.
Task<Result<bool>> end_upload_of_replaced(Core& core, std::string object_row, Uuid upload) {
  CO_TRY(const auto mark, co_await mark_here(core, object_row, upload));
  if (!mark.note) co_return false;
  const std::string key = drop_entry_key(mark.note->write);
  CO_TRY(const auto encoded, co_await core.get(kv::Family::kQueue, key));
  if (!encoded) co_return false;
  CO_TRY(const auto entry, decode_drop_entry(key, *encoded));
  CO_TRY(const auto version, model::decode_object_version(entry.version));
  co_return co_await end_upload_of(core, entry, version);
}

}  // namespace

Task<Result<bool>> end_upload_of(Core& core, DropEntry entry, model::ObjectVersion version) {
  CO_TRY(const std::string upload_row, upload_row_beside(entry.row_key, version.upload));
  CO_TRY(const bool over, co_await is_over(core, upload_row, entry.row_key));
  if (over) co_return true;
  CO_TRY(const auto mark, co_await mark_here(core, entry.row_key, version.upload));
  auto fate = table::Fate::kUnknowable;  // an older program has noted nothing
  if (mark.note) {
    // Who made the other one found that this one was never chosen. That one has an entry of its own, or lives.
    if (mark.note->write != entry.uuid) co_return false;
    CO_TRY(fate, co_await fate_of_version(core, entry, *mark.note));
  }
  if (fate == table::Fate::kNotApplied) co_return false;
  if (fate == table::Fate::kUnknowable) {
    // No Complete is answered any more, so that nobody is told what is not known.
    const auto ended = co_await abort_upload_row(core, upload_row);
    if (!ended && ended.error().kind != ErrorKind::kNotFound) co_return std::unexpected(ended.error());
    co_return true;
  }
  CO_TRY(auto upload, co_await read_upload(core, upload_row));
  if (upload.state == model::UploadState::kCompleted) co_return true;
  complete_as(upload, version);
  CO_CHECK_OK(co_await write_upload(core, upload_row, model::encode_upload(upload)));
  co_return true;
}

Task<Result<bool>> collect_upload(Core& core, QueueRow row) {
  CO_TRY(const auto entry, decode_upload_entry(row.key, row.value));
  const std::string upload_row = row.key.substr(1);
  CO_TRY(const auto parsed, parse_upload_row_key(upload_row));
  CO_TRY(const std::string object_row, object_row_beside(upload_row));
  const uint64_t now_ms = core.env.clock.wall_now().unix_ms;
  if (now_ms <= entry.ended_ms + turn_ms(core, object_row) || is_postponed(core, row.key)) co_return false;

  CO_TRY(const auto attempts, co_await read_attempts(core, upload_row));
  // Who keeps it no longer since a layout change only goes through what it still has; the rest is for the others.
  const auto keepers = table::union_of(core.cluster->rows->sets_for(object_row).write);
  const bool keeps = std::ranges::find(keepers, core.cluster->self) != keepers.end();
  const bool remembered = keeps && entry.completed && now_ms < entry.ended_ms + kCompletedUploadMs;
  if (attempts.empty() && remembered && !entry.by_row) co_return false;
  CO_TRY(bool over, co_await is_over(core, upload_row, object_row));
  if (!over) {
    CO_TRY(over, co_await end_upload_of_replaced(core, object_row, parsed.upload));
  }
  if (!over) {
    CO_CHECK_OK(co_await core.commits.commit(std::make_shared<FinishEntry>(row.key, row.value)));
    co_return true;
  }
  if (attempts.empty() && remembered) co_return postpone(core, row.key);
  CO_TRY(const Owners named, co_await owners_after_upload(core, object_row, parsed.upload));
  std::vector<model::BodyPlace> dead;
  for (const auto& attempt : attempts) {
    if (!named.contains(attempt.attempt.part.body.owner)) dead.push_back(attempt.attempt.part.body);
  }
  CO_CHECK_OK(co_await drop_blocks(core, object_row, std::move(dead), Ord::highest()));
  bool some_stay = false, others_have_it = false;
  for (const auto& attempt : attempts) {
    const model::BodyPlace& body = attempt.attempt.part.body;
    const bool lives_on = named.contains(body.owner);
    if (lives_on && !keeps) {
      if (!others_have_it) {
        CO_TRY(others_have_it, co_await all_have_object(core, keepers, object_row));
      }
      if (!others_have_it) co_return postpone(core, row.key);
    }
    auto change = std::make_shared<ForgetPart>(core.upload_schema, attempt.key, object_row, body, lives_on && keeps);
    CO_CHECK_OK(co_await core.commits.commit(change));
    some_stay = some_stay || change->stays();
  }
  if (some_stay) co_return postpone(core, row.key);
  if (attempts.size() == kEntriesPerRound || remembered) co_return true;
  if (keeps) {
    CO_TRY(const auto left, co_await core.uploads->read(upload_row));
    // What follows finds a tombstone, as after an abort.
    if (left && left->value) CO_CHECK_OK(co_await write_upload(core, upload_row, std::nullopt));
  }
  CO_CHECK_OK(co_await core.commits.commit(std::make_shared<FinishEntry>(row.key, row.value)));
  co_return true;
}

}  // namespace garage::object

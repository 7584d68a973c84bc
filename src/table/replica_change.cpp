#include "table/replica_change.hpp"

#include <algorithm>
#include <utility>

#include "table/ord_source.hpp"
#include "table/promise.hpp"
#include "table/upload_mark.hpp"

namespace garage::table {
namespace {

// Of an older program any living row may be a client's.
bool is_for_client(const Request& request) {
  if (request.purpose != Purpose::kUnsaid) return request.purpose == Purpose::kClient;
  return request.operation == Operation::kInstall && request.row->value;
}

}  // namespace

void ReplicaChange::reads(std::vector<kv::Key>& out) const {
  name_installed(schema_, request_->key, out);
  std::optional<Uuid> upload = request_->unless_aborted;
  if (const auto completion = request_->row ? schema_.completion_of(*request_->row) : std::nullopt) {
    upload = completion->upload;
  }
  if (upload) out.push_back({kv::Family::kPromise, upload_mark_key(schema_.family(), request_->key, *upload)});
}

Result<void> ReplicaChange::apply(kv::View& view, kv::Batch& batch) {
  // Here, on the one thread that changes rows, and not at the request's arrival: between the two the layout may have
  // moved on.
  reply_.stage = placement_.stage_of(request_->key);
  if (request_->stage < reply_.stage) {
    reply_.verdict = Verdict::kStageOver;
    return {};
  }
  if (is_for_client(*request_) && !ablation_.closed_ignored && schema_.is_closed(request_->key)) {
    reply_.verdict = Verdict::kClosed;
    return {};
  }
  TRY(Held held, read_held(view, schema_.family(), request_->key));
  reply_.seen = held.highest();
  const Ord asked = request_->operation == Operation::kPrepare ? request_->ballot : request_->row->ord;
  if (!OrdSource::acceptable(asked, std::max(reply_.seen, request_->witnessed), now_ms_)) {
    reply_.verdict = Verdict::kFarFuture;
    return {};
  }
  if (request_->operation == Operation::kPrepare) return prepare(std::move(held), view, batch);
  return install_row(std::move(held), view, batch);
}

Result<void> ReplicaChange::prepare(Held held, kv::View& view, kv::Batch& batch) {
  UploadMark mark;
  if (request_->unless_aborted) {
    TRY(mark, read_upload_mark(view, schema_.family(), request_->key, *request_->unless_aborted));
    if (mark.over && !ablation_.aborted_ignored) {
      reply_.verdict = Verdict::kAborted;
      return {};
    }
  }
  if (request_->ballot <= held.highest()) {
    reply_.verdict = Verdict::kRefused;
    return {};
  }
  put_promise(batch, schema_.family(), request_->key, request_->ballot);
  if (request_->abort_upload) {
    put_over(batch, schema_.family(), request_->key, *request_->abort_upload, request_->ballot);
  }
  reply_.note = mark.note;
  reply_.row = std::move(held.row);
  return {};
}

Result<void> ReplicaChange::install_row(Held held, kv::View& view, kv::Batch& batch) {
  const Row& row = *request_->row;
  if (ablation_.plain_installs_ignore_fence && row.kind == RowKind::kBlind) {
    held.promise = {};
    if (held.row) held.row->kind = RowKind::kBlind;
  }
  TRY(auto installed, install(view, batch, schema_, request_->key, held, row, request_->companions));
  if (installed == Installed::kRefused) reply_.verdict = Verdict::kRefused;
  stored_ = installed == Installed::kStored;
  if (ablation_.promise_forgotten && stored_ && row.kind == RowKind::kBlind) {
    batch.remove(kv::Family::kPromise, promise_key(schema_.family(), request_->key));
  }
  return {};
}

void ReplicaChange::committed() {
  if (stored_) schema_.installed(request_->key, *request_->row);
}

size_t ReplicaChange::bytes() const {
  size_t total = 512 + request_->key.size();
  if (request_->row && request_->row->value) total += request_->row->value->size();
  for (const Companion& companion : request_->companions) total += companion.key.size() + companion.value.size();
  return total;
}

}  // namespace garage::table

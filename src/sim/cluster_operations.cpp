#include "sim/cluster_operations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/task_group.hpp"

namespace garage::sim {
namespace {

using object::Objects;

// What a node says of a write, as a history knows it.
Outcome outcome_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kPrecondition:
      return Outcome::kConditionFalse;
    case ErrorKind::kUnavailable:
    case ErrorKind::kConflict:
    case ErrorKind::kNoSpace:
    case ErrorKind::kOverloaded:
    case ErrorKind::kUnsupported:
    case ErrorKind::kInvalid:
    case ErrorKind::kNotFound:
      return Outcome::kNotApplied;
    default:
      return Outcome::kUnknown;
  }
}

class Performer {
 public:
  Performer(ClusterWorld& cluster, NodeIndex via, ClusterRequest request)
      : cluster_(cluster),
        history_(cluster.history()),
        via_(via),
        request_(std::move(request)),
        objects_(cluster.member(via).node->admin_context().objects) {}

  Task<void> run() {
    switch (request_.kind) {
      case ClusterRequest::Kind::kPut:
        co_return co_await put();
      case ClusterRequest::Kind::kGet:
      case ClusterRequest::Kind::kHead:
        co_return co_await get();
      case ClusterRequest::Kind::kRemove:
        co_return co_await remove();
      case ClusterRequest::Kind::kCopy:
        co_return co_await copy();
      case ClusterRequest::Kind::kMultipart:
        co_return co_await multipart();
      case ClusterRequest::Kind::kComplete:
        co_return co_await complete_again();
      case ClusterRequest::Kind::kList:
        co_return co_await list();
    }
  }

 private:
  bool all_is_well() const { return history_.is_healed(); }
  void broken(const std::string& what) {
    history_.broken(fmt::format("node {}, {}: {}", via_, to_string(request_), what));
  }
  void refused(const Error& error) {
    const std::string what = std::string(to_string(error.kind)) + ": " + error.message;
    if (all_is_well()) return broken(what + " although all is healed");
    history_.say(fmt::format("node {} {} -> {}", via_, to_string(request_), what));
  }

  object::WriteCondition condition() const {
    const bool plain = request_.how == RegisterOperation::kPut || request_.how == RegisterOperation::kDelete;
    if (plain || cluster_.scenario().condition_ignored) return {};
    std::string etag = request_.expected == 0 ? "" : cluster_.bodies().body(request_.expected).etag;
    return [etag = std::move(etag)](const object::CurrentObject* current) -> Result<void> {
      if (etag == (current ? current->etag.text() : "")) return {};
      return fail(ErrorKind::kPrecondition, "another one");
    };
  }
  HistoryEntry& begin_write() { return history_.begin(request_.key, request_.how, request_.value, request_.expected); }
  template <class T>
  void end_write(HistoryEntry& entry, const Result<T>& done) {
    history_.end(entry, done ? Outcome::kOk : outcome_of(done.error()));
    if (done) {
      history_.say(fmt::format("node {} {} -> ok", via_, to_string(request_)));
    } else if (entry.outcome != Outcome::kConditionFalse) {
      refused(done.error());
    } else {
      history_.say(fmt::format("node {} {} -> condition false", via_, to_string(request_)));
    }
  }
  void check_stored(const object::Stored& stored) {
    if (stored.etag.text() != cluster_.bodies().body(request_.value).etag) broken("stored under another ETag");
  }

  Task<void> put() {
    object::PutRequest put;
    put.bucket = cluster_.bucket();
    put.key = request_.key;
    put.headers = {{"x-amz-meta-number", std::to_string(request_.value)}};
    put.condition = condition();
    TextSource source(cluster_.bodies().body(request_.value).bytes);
    HistoryEntry& entry = begin_write();
    const auto stored = co_await objects_.put(std::move(put), source);
    end_write(entry, stored);
    if (stored) check_stored(*stored);
    if (!stored && stored.error().kind == ErrorKind::kNotFound) broken("the bucket is said to be gone");
  }

  Task<void> remove() {
    HistoryEntry& entry = begin_write();
    object::RemoveRequest removal{cluster_.bucket(), request_.key, condition()};
    end_write(entry, co_await objects_.remove(std::move(removal)));
  }

  // The number of a body by what was read; the entry ends here.
  std::optional<uint64_t> end_read(const std::string& key, HistoryEntry& entry,
                                   const Result<std::optional<object::Object>>& found) {
    if (!found) {
      history_.end(entry, Outcome::kNotApplied);
      refused(found.error());
      return std::nullopt;
    }
    uint64_t number = 0;
    if (*found) {
      const std::string etag = (*found)->version.etag.text();
      const auto known = cluster_.bodies().number_of(etag);
      if (!known) {
        history_.end(entry, Outcome::kNotApplied);
        broken("shows an object that nobody wrote, ETag " + etag);
        return std::nullopt;
      }
      number = *known;
      const std::string* written = (*found)->version.header("x-amz-meta-number");
      if (!written || *written != std::to_string(number)) broken("shows the header of another object");
      if ((*found)->version.bytes != cluster_.bodies().body(number).bytes.size()) broken("shows a wrong length");
    }
    history_.end(entry, Outcome::kOk, number);
    history_.seen(key, number);
    return number;
  }

  Task<void> get() {
    HistoryEntry& entry = history_.begin(request_.key, RegisterOperation::kGet);
    auto object = co_await objects_.head(cluster_.bucket(), request_.key);
    const auto number = end_read(request_.key, entry, object);
    if (!number) co_return;
    history_.say(fmt::format("node {} {} -> {}", via_, to_string(request_), *number));
    if (*number == 0 || request_.kind == ClusterRequest::Kind::kHead) co_return;
    const auto bytes = co_await read(std::move(**object));
    if (!bytes) co_return refused(bytes.error());
    ++cluster_.counts().bodies_compared;
    const std::string& whole = cluster_.bodies().body(*number).bytes;
    const size_t offset = std::min<size_t>(request_.range.offset, whole.size());
    std::string expected = whole.substr(offset, request_.range.length);
    if (cluster_.scenario().some_bytes_swapped && expected.size() > 30'000) std::swap(expected[7], expected[20'000]);
    if (*bytes != expected) broken(fmt::format("reads other bytes than those of {}", *number));
  }

  Task<Result<std::string>> read(object::Object object) {
    CO_TRY(auto reader, co_await objects_.open(cluster_.bucket(), request_.key, std::move(object), request_.range));
    std::string out;
    for (;;) {
      CO_TRY(const Buffer piece, co_await reader->next());
      if (piece.empty()) co_return out;
      out += piece.view();
    }
  }

  Task<void> copy() {
    HistoryEntry& read = history_.begin(request_.source, RegisterOperation::kGet);
    auto source = co_await objects_.head(cluster_.bucket(), request_.source);
    const auto number = end_read(request_.source, read, source);
    if (!number || *number == 0) co_return;
    request_.value = *number;
    object::CopyRequest copy{.source = std::move(**source), .target = {}};
    copy.target.bucket = cluster_.bucket();
    copy.target.key = request_.key;
    copy.target.headers = {{"x-amz-meta-number", std::to_string(*number)}};
    copy.target.condition = condition();
    HistoryEntry& entry = begin_write();
    const auto stored = co_await objects_.copy(std::move(copy));
    end_write(entry, stored);
    if (!stored) co_return;
    ++cluster_.counts().copies;
    check_stored(*stored);
  }

  Task<void> multipart() {
    object::UploadRequest create;
    create.bucket = cluster_.bucket();
    create.key = request_.key;
    create.headers = {{"x-amz-meta-number", std::to_string(request_.value)}};
    const auto upload = co_await objects_.create_upload(std::move(create));
    if (!upload) co_return refused(upload.error());
    object::CompleteRequest complete;
    complete.bucket = cluster_.bucket();
    complete.key = request_.key;
    complete.upload = upload->id;
    complete.condition = condition();
    uint32_t number = 0;
    for (const std::string& bytes : cluster_.bodies().body(request_.value).parts) {
      TextSource source(bytes);
      object::PartRequest wanted{cluster_.bucket(), request_.key, upload->id, ++number, {}, {}};
      const auto part = co_await objects_.put_part(std::move(wanted), source);
      if (!part) co_return refused(part.error());
      complete.parts.push_back({number, part->md5, {}});
    }
    if (request_.gives_up) {
      (void)co_await objects_.abort_upload(cluster_.bucket(), request_.key, upload->id);
      co_return;
    }
    runtime::TaskGroup racing;
    if (request_.abort_races) racing.spawn(abort(upload->id));
    HistoryEntry& entry = begin_write();
    *request_.sent = {complete, &entry};
    const auto completed = co_await objects_.complete_upload(std::move(complete));
    if (request_.sent->again && !(completed && completed->problem == object::CompleteProblem::kNone)) {
      history_.say(fmt::format("node {} {} -> answered too late", via_, to_string(request_)));
    } else if (completed && completed->problem != object::CompleteProblem::kNone) {
      history_.end(entry, Outcome::kNotApplied);
      if (!request_.abort_races) broken("parts that were acknowledged are refused: " + completed->problem_detail);
    } else {
      end_write(entry, completed);
      const bool lost = !completed && completed.error().kind == ErrorKind::kNotFound;
      if (lost && !request_.abort_races) broken("the upload is said not to exist");
      if (completed) {
        ++cluster_.counts().uploads;
        check_stored(completed->stored);
      }
    }
    co_await racing.join();
  }
  Task<void> complete_again() {
    HistoryEntry& entry = *request_.sent->entry;
    object::CompleteRequest complete = request_.sent->request;
    const auto completed = co_await objects_.complete_upload(std::move(complete));
    // Refused it says nothing of the one before.
    if (!completed || completed->problem != object::CompleteProblem::kNone) co_return;
    check_stored(completed->stored);
    if (entry.outcome == Outcome::kOk) co_return;
    history_.end(entry, Outcome::kOk);
    history_.say(fmt::format("node {} {} -> ok", via_, to_string(request_)));
  }
  Task<void> abort(Uuid upload) { (void)co_await objects_.abort_upload(cluster_.bucket(), request_.key, upload); }

  // A page is a read of each key that it could have shown.
  Task<void> list() {
    std::string after;
    for (;;) {
      object::ListQuery query{
          cluster_.bucket().id, cluster_.bucket().spread, request_.prefix, request_.delimiter, after, "",
          request_.page_items};
      const Duration began = history_.now();
      const auto page = co_await objects_.list(std::move(query));
      if (!page) co_return refused(page.error());
      ++cluster_.counts().pages;
      if (!take_page(*page, after, began) || !page->truncated) co_return;
      if (page->last_item <= after) co_return broken("a page that goes nowhere");
      after = page->last_item;
    }
  }
  bool take_page(const object::ListPage& page, const std::string& after, Duration began) {
    std::map<std::string, uint64_t> shown;
    for (const auto& object : page.objects) {
      const auto number = cluster_.bodies().number_of(object.etag.text());
      if (!number) return broken("lists an object that nobody wrote: " + object.key), false;
      if (!shown.emplace(object.key, *number).second) return broken("lists a key twice: " + object.key), false;
      if (object.key <= after || !object.key.starts_with(request_.prefix)) return broken("a key out of place"), false;
    }
    std::string line;
    for (const auto& key : cluster_keys(cluster_.plan().keys)) {
      if (key <= after || !key.starts_with(request_.prefix) || (page.truncated && key > page.last_item)) continue;
      const bool rolled =
          !request_.delimiter.empty() && key.find(request_.delimiter, request_.prefix.size()) != std::string::npos;
      if (rolled) continue;
      const uint64_t number = shown.contains(key) ? shown[key] : 0;
      history_.note_read(key, began, number);
      line += fmt::format(" {}={}", key, number);
    }
    history_.say(fmt::format("node {} {} ->{}", via_, to_string(request_), line));
    return true;
  }

  ClusterWorld& cluster_;
  ClusterHistory& history_;
  const NodeIndex via_;
  ClusterRequest request_;
  Objects& objects_;
};

std::string_view name(const ClusterRequest& request) {
  switch (request.kind) {
    case ClusterRequest::Kind::kPut:
      return "put";
    case ClusterRequest::Kind::kGet:
      return "get";
    case ClusterRequest::Kind::kHead:
      return "head";
    case ClusterRequest::Kind::kRemove:
      return "delete";
    case ClusterRequest::Kind::kCopy:
      return "copy";
    case ClusterRequest::Kind::kMultipart:
      return "multipart";
    case ClusterRequest::Kind::kComplete:
      return "complete again";
    case ClusterRequest::Kind::kList:
      return "list";
  }
  return "?";
}

}  // namespace

std::string to_string(const ClusterRequest& request) {
  if (request.kind == ClusterRequest::Kind::kList) {
    return fmt::format("list '{}' '{}' by {}", request.prefix, request.delimiter, request.page_items);
  }
  std::string out = fmt::format("{} {}", name(request), request.key);
  if (request.kind == ClusterRequest::Kind::kCopy) out += " from " + request.source;
  if (request.value != 0) out += fmt::format(" value {}", request.value);
  if (request.how == RegisterOperation::kCreate) out += " if nothing is there";
  if (request.expected != 0) out += fmt::format(" if it is {}", request.expected);
  return out;
}

std::vector<std::string> cluster_keys(size_t count) {
  static const std::vector<std::string> kAll{"a", "b/1", "b/2", "c", "d/x/1", "d/y", "e", "f"};
  return {kAll.begin(), kAll.begin() + static_cast<std::ptrdiff_t>(std::min(count, kAll.size()))};
}

Task<void> perform(ClusterWorld* cluster, NodeIndex via, ClusterRequest request, std::shared_ptr<bool> done) {
  Performer performer(*cluster, via, std::move(request));
  co_await performer.run();
  *done = true;
}

}  // namespace garage::sim

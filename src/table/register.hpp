// The fenced register: how a row is read and written on its replicas, so that plain writes take two round trips,
// conditional ones are decided once for the whole cluster, and nobody is a leader. Protocol and proof sketch:
// docs/decisions/fenced-register.md.
//
//   READ        -> row, promise
//   PREPARE(b)  -> refused if b <= promise or b <= row.ord; else promise = b
//   INSTALL(r)  -> refused if r.ord < promise; else stored if newer. The ONLY way a row changes: client write,
//   conditional write,
//                  read write-back, anti-entropy and layout sync alike.
//
// Where the only active write set is this one node, ord read, fence, condition and install are one operation of the
// commit queue.
//
// Ownership: a Register borrows the store, the commit queue, the peers and the schema. Threads: any loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/commit_queue.hpp"
#include "kv/store.hpp"
#include "runtime/task.hpp"
#include "table/row.hpp"
#include "telemetry/counter.hpp"

namespace garage::table {

class DigestKeeper;

// A row's value is what a multipart upload became.
struct Completion {
  Uuid upload;
  Uuid write;                // that made it so; the row itself may be a later edit
  bool conditional = false;  // its client set a condition, or nobody knows
};

// What one kind of rows is, and what else must change with them.
class Schema {
 public:
  virtual ~Schema() = default;
  // Before the first request. Whoever is given one has its rows counted into digests.
  void keep_digests(DigestKeeper& keeper) { digests_ = &keeper; }
  DigestKeeper* digests() const { return digests_; }
  // Before the first request: counts the rows that change here.
  void count_updates(telemetry::Counter& counter) { updates_ = &counter; }
  telemetry::Counter* updates() const { return updates_; }
  virtual kv::Family family() const = 0;
  // Inside apply(), whenever a replica replaces `before` (nullopt: there was none) by the row of another write: adds
  // derived state (queue entries for owners no longer named, counters). A re-stamped row (same uuid and value, higher
  // ord) does not come here.
  virtual Result<void> on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                                  const std::optional<Row>& before, const Row& after) = 0;
  // The keys of the companions that belong beside `row`: a replica that hands the row on (write-back, settling, sync)
  // sends them with it.
  virtual std::vector<kv::Key> companions_of(std::string_view key, const Row& row) const { return {}; }
  // The keys that a companion itself names (the blocks of a part, for example).
  virtual std::vector<kv::Key> companions_behind(const kv::Key& companion, std::string_view value) const { return {}; }
  // What pages of rows show of a value: less, so that they stay small, but to be decoded alike.
  virtual std::string project(std::string_view value) const { return std::string(value); }
  // Of a row of several nodes: which upload has become this? They note it (upload_mark.hpp).
  virtual std::optional<Completion> completion_of(const Row& row) const { return std::nullopt; }
  // Inside apply(): do clients write nothing more of this kind? Asked only for what says Write::unless_closed.
  virtual bool is_closed(std::string_view key) const { return false; }
  // Runs once the batch is durable; for in-memory copies of a table. Commit thread.
  virtual void installed(std::string_view key, const Row& row) {}

 private:
  DigestKeeper* digests_ = nullptr;
  telemetry::Counter* updates_ = nullptr;
};

// What the writer wants, given what is there. Called under the fence, so it is decided once; may be called again on a
// retry, and must give the same answer for the same row.
class Decision {
 public:
  virtual ~Decision() = default;
  // The new value (nullopt writes a tombstone), or why not: kPrecondition and kNotFound are a false condition, decided
  // for good.
  virtual Result<std::optional<std::string>> decide(const std::optional<Row>& current) = 0;
  virtual size_t bytes() const { return 0; }  // of the value, where it is large and known
};

// Rides with a row into the same batch on every replica that stores it (a small body, for example).
struct Companion {
  kv::Family family = kv::Family::kMeta;
  std::string key;
  std::string value;
};

// Local work of the writing node that must be in the same batch (block index, references), on a set of one.
class CommitExtra {
 public:
  virtual ~CommitExtra() = default;
  virtual void reads(std::vector<kv::Key>& out) const {}
  // `ord` is the one the row is being installed at.
  virtual Result<void> apply(kv::View& view, kv::Batch& batch, Ord ord) = 0;
  virtual void committed() {}
  virtual size_t bytes() const { return 0; }  // about as many as it adds
};

struct Write {
  std::string key;
  Uuid uuid;                           // fresh and random for every client request; kept over retries
  std::shared_ptr<Decision> decision;  // what to write
  bool conditional = false;            // true: decided by a full round. false: a blind write; decide() must not fail
  std::vector<Companion> companions;
  std::shared_ptr<CommitExtra> extra;
  std::optional<Ord> ceiling;  // no install of this uuid is sent above it
  // Conditional only: the write completes this upload. Nothing is applied where it is marked as aborted beside the row
  // (kNotFound), or has become an object by another write (kExists), whatever has taken that one's place since.
  std::optional<Uuid> unless_aborted = {};
  // With it: Placement::stage_of() the key before it was looked whether the upload is open. Such marks are not handed
  // over in a layout change, so who has slept through one must look again: kUnavailable more than one stage later.
  std::optional<uint64_t> looked_at_stage = {};
  bool keeps_modified = false;  // conditional only: the row keeps the time of the one it replaces
  // Conditional only: and names the same companions. Whoever lacks them gets them from a holder of that one.
  bool keeps_companions = false;
  // A client's: replicas refuse it, and its looking for itself, where Schema::is_closed() says so.
  bool unless_closed = false;
  // A client's that adds something: refused (kNoSpace) where disks are nearly full, before anything is left of it.
  bool adds = false;
  // The row goes above it: for rows whose ords are compared with each other's, what those show.
  Ord above = {};
};

struct Written {
  Ord ord;
  uint64_t modified_ms = 0;   // of the row as written
  std::optional<Row> before;  // the row it replaced, as far as the deciding node saw it
};

struct SettleOptions {
  Ord above;                         // the round goes above it
  std::optional<Uuid> abort_upload;  // marked beside the row on a quorum: nothing completes it afterwards
  bool unless_closed = false;        // as of a Write: what is settled so is as good as written by a client
};
struct Settled {
  Ord ballot;
  Row row;  // what a quorum holds at that ballot; a tombstone of nobody where nothing was ever written
};

// A blind write of a given value.
std::shared_ptr<Decision> always(std::optional<std::string> value);

class Register {
 public:
  virtual ~Register() = default;
  // kPrecondition / kNotFound / whatever decide() said: not applied. kConflict: refused repeatedly, not applied.
  // kUnavailable: no quorum, not applied. kUnknownOutcome: may have been applied.
  virtual Task<Result<Written>> write(Write write) = 0;
  // Settled: a value returned here is never un-read by a later read. A tombstone is returned as a row without value.
  virtual Task<Result<std::optional<Row>>> read(std::string key) = 0;
  // A full round without a change: what is there is chosen anew, above everything that was ever promised. For judging
  // (a row above an owner's ceiling that does not name it) and for aborting uploads.
  virtual Task<Result<Settled>> settle(std::string key, SettleOptions options);
};

}  // namespace garage::table

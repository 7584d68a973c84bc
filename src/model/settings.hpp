// The settings table: buckets, names, access keys and admin tokens, changed by read-modify-write under the fenced
// register (so two administrators never lose each other's change), read from an immutable snapshot.
//
// Ownership: borrows the store and the commit queue. Threads: any loop.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ord.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/xxhash.hpp"
#include "model/bucket.hpp"
#include "model/directory.hpp"
#include "runtime/clock.hpp"
#include "runtime/published.hpp"
#include "runtime/random.hpp"
#include "runtime/task.hpp"
#include "table/register.hpp"
#include "table/row_turns.hpp"

namespace garage::model {

struct SettingsOptions {
  bool allow_punycode = false;
  uint32_t default_spread = 8;
};

class SettingsCopies;

class Settings {
 public:
  // Builds the register over the store by means of `make_register`, and loads the snapshot. Blocking; at start-up.
  using MakeRegister = std::function<std::unique_ptr<table::Register>(table::Schema&)>;
  static Result<std::unique_ptr<Settings>> open(kv::Store& store, runtime::Clock& clock, runtime::Random& random,
                                                MakeRegister make_register, SettingsOptions options);
  ~Settings();

  // From here on what is written here is spread to the copies of other nodes, and what this copy lacks is asked for.
  // Once, at start-up; `copies` outlives the use of this object.
  void share(SettingsCopies& copies) { copies_ = &copies; }
  // Of the keys and ords of this node's copy: 16 bytes.
  std::string digest() const;

  std::shared_ptr<const Directory> directory() const { return directory_.load(); }
  // Asks the replicas of a row that this node's copy lacks, so that nobody is refused because a copy is behind. True
  // where the directory has it now. At once false where this node is all there is. An error: they could not be asked,
  // and there may well be such a bucket.
  Task<bool> look_for_key(std::string id);
  Task<Result<bool>> look_for_bucket(std::string global_alias);
  Task<bool> look_for_admin_token(std::string id);
  // The same for who must tell that there is none from that nobody could be asked: an error. Then the directory is as
  // the replicas of the row have it.
  Task<Result<void>> ask_about_bucket(BucketId id);
  Task<Result<void>> ask_about_key(std::string id);
  Task<Result<void>> ask_about_admin_token(std::string id);

  // May what the directory allows be taken for granted? Where not, the rows that a request rests on are to be confirmed
  // first: false where their replicas cannot be asked now. Empty strings: there is none of that kind.
  bool is_fresh() const;
  Task<bool> confirm(std::string key_id, std::string bucket_name);
  Task<bool> confirm_admin_token(std::string id);

  // --- Buckets. Names are checked here (kInvalid); a taken name is kExists. ---
  // With all names and rights that it has; its id and date are filled in.
  Task<Result<BucketId>> create_bucket(Bucket wanted);
  Task<Result<BucketId>> create_bucket(std::string global_alias, std::string creator_key_id, uint32_t spread);
  // A bucket that only `key_id` sees under `alias`.
  Task<Result<BucketId>> create_local_bucket(std::string key_id, std::string alias);
  // The bucket with all its names. `guard` watches over the removal of its row (that the bucket is empty); its error is
  // returned, and nothing was done.
  Task<Result<void>> delete_bucket(BucketId id, std::shared_ptr<table::CommitExtra> guard = {});
  // The same in steps, where several nodes keep objects: docs/decisions/delete-bucket.md. `row` is for the others'
  // hold_deletion(). kConflict: another attempt came after this one. `only_over`: where another one is under way, only
  // over the very state of it that was seen.
  struct BegunDeletion {
    Uuid attempt;
    std::string row;
  };
  Task<Result<BegunDeletion>> begin_deletion(BucketId id, std::optional<Deletion> only_over = {});
  // Who takes longer than kRenewEvery says so as often, lest others take the attempt for abandoned.
  static constexpr Duration kRenewEvery = 3s;
  Task<Result<void>> renew_deletion(BucketId id, Uuid attempt);
  Task<Result<void>> finish_deletion(BucketId id, Uuid attempt);
  // After this the attempt must not be finished, whatever comes out of it.
  Task<Result<void>> take_back_deletion(BucketId id, Uuid attempt);
  // True: this node holds the bucket as being deleted by that attempt, durably; is_closed() says so from now on.
  Task<Result<bool>> hold_deletion(BucketId id, Uuid attempt, std::string row);
  // May clients write into the bucket, as far as this node's copy knows? False: there is none. kUnavailable: it is
  // being deleted. A deletion that nobody ended in time is taken back first.
  static constexpr uint64_t kDeletionLongestMs = 10'000;
  Task<Result<bool>> takes_writes(BucketId id);
  // Is it being deleted, or gone? Only inside changes of the commit queue.
  bool is_closed(const BucketId& id) const { return closed_.contains(id); }
  // What a deletion that failed half way left behind of the names of a bucket that is gone. False: nothing. kNotFound:
  // there never was such a bucket, or it is there.
  Task<Result<bool>> finish_gone_bucket(BucketId id);
  // How many lead to the bucket: what is left of keys that are gone is none.
  Task<Result<size_t>> count_names(BucketId id);
  // Removing a name goes on where an attempt before failed half way.
  Task<Result<void>> add_global_alias(BucketId id, std::string alias);
  Task<Result<void>> remove_global_alias(BucketId id, std::string alias);
  Task<Result<void>> add_local_alias(BucketId id, std::string key_id, std::string alias);
  Task<Result<void>> remove_local_alias(BucketId id, std::string key_id, std::string alias);
  Task<Result<void>> set_permission(BucketId id, std::string key_id, Permission permission);
  using BucketEdit = std::function<Result<void>(Bucket&)>;
  Task<Result<Bucket>> edit_bucket(BucketId id, BucketEdit edit);

  // --- Keys. Names are checked here (kInvalid), and those of tokens. ---
  Task<Result<AccessKey>> create_key(std::string name, std::optional<uint64_t> expires_ms,
                                     bool may_create_buckets = false);
  // kExists where the id is in use or was ever used.
  Task<Result<AccessKey>> import_key(std::string id, Secret secret, std::string name, bool may_create_buckets = false);
  using KeyEdit = std::function<Result<void>(AccessKey&)>;
  Task<Result<AccessKey>> edit_key(std::string id, KeyEdit edit);
  // The key, its local names and its rights.
  Task<Result<void>> delete_key(std::string id);

  // --- Admin tokens. The creation date is filled in. kNotFound where there is none of that id. ---
  Task<Result<AdminToken>> create_admin_token(AdminToken token);
  using AdminTokenEdit = std::function<Result<void>(AdminToken&)>;
  Task<Result<AdminToken>> edit_admin_token(std::string id, AdminTokenEdit edit);
  Task<Result<void>> delete_admin_token(std::string id);

  // For SettingsCopies.
  table::Schema& schema();
  Task<Result<std::optional<table::Row>>> read_row(std::string key);
  // The same by a round that goes above that ord: its replicas have the row there then.
  Task<Result<table::Row>> settle_row(std::string key, Ord above);
  using Shown = std::span<const std::pair<std::string_view, const table::Row*>>;
  // Does this node's copy hold all of these rows, at these ords or later ones?
  bool has(const std::vector<std::pair<std::string, Ord>>& rows) const;
  // A row that cannot be read is left out, and the others go on: it may be whole elsewhere. Said once.
  void left_out(const Error& why);
  // Rows that are durable now: into the snapshot, all at once.
  void show(Shown rows);

 private:
  class TableSchema;
  Settings(kv::Store& store, runtime::Clock& clock, runtime::Random& random, SettingsOptions options);
  Result<void> load();
  Task<Result<void>> end_bucket(std::shared_ptr<const Bucket> bucket, std::shared_ptr<table::Decision> decision,
                                std::shared_ptr<table::CommitExtra> guard);
  Result<void> check_names(const Bucket& wanted) const;
  Task<Result<void>> take_names(std::shared_ptr<const Bucket> bucket);
  // kExists: it is another bucket's, and that is there.
  Task<Result<void>> take_name(std::string global_alias, BucketId id);
  Task<Result<void>> take_local_name(std::string key_id, std::string alias, BucketId id);
  // False: it led to no such bucket.
  Task<Result<bool>> drop_global_name(std::string alias, BucketId id);
  Task<Result<bool>> drop_local_name(std::string key_id, std::string alias, BucketId id);
  // Deleted, by its replicas.
  Task<Result<bool>> is_gone(BucketId id);
  // Those with local aliases for it that are deleted, by their replicas.
  Task<Result<std::set<std::string>>> keys_gone(BucketId id);
  bool is_abandoned(const Deletion& deletion) const;
  Task<Result<void>> reopen(BucketId id, Deletion seen);
  void count(std::string_view key, Ord ord);
  Task<Result<void>> ask_about_row(std::string key);
  Task<Result<void>> write_row(std::string key, std::shared_ptr<table::Decision> decision,
                               std::shared_ptr<table::CommitExtra> extra = {});

  kv::Store& store_;
  runtime::Clock& clock_;
  runtime::Random& random_;
  SettingsOptions options_;
  std::unique_ptr<TableSchema> schema_;
  std::unique_ptr<table::Register> register_;
  runtime::Published<Directory> directory_;
  SettingsCopies* copies_ = nullptr;
  mutable std::mutex swap_mutex_;                 // one snapshot is made at a time; guards what follows
  std::map<std::string, Ord, std::less<>> ords_;  // of every row
  crypto::Xxh128 digest_;                         // the sum of their hashes
  std::atomic<uint64_t> left_out_ = 0;
  table::RowTurns turns_;
  std::set<BucketId> reopening_;  // by a writer of this node, right now
  // Buckets that are being deleted or gone. Changed and read by the thread of the commit queue alone.
  std::unordered_set<BucketId, FixedBytesHash> closed_;
};

}  // namespace garage::model

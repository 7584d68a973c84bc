#include "kv/rocksdb/background_errors.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "kv/rocksdb/rocks_status.hpp"

namespace garage::kv {
namespace {

using rocksdb::BackgroundErrorReason;
using rocksdb::Status;

constexpr std::chrono::seconds kRestWithoutRoom{60};
constexpr std::chrono::hours kRestOfDamaged{1};

bool lacks_room(const Status& status) {
  return status.subcode() == Status::SubCode::kNoSpace || status.subcode() == Status::SubCode::kSpaceLimit;
}

// Could it not read what it is to compact, or not write what comes of it?
bool is_of_tables(const Status& status) {
  return (status.IsCorruption() || status.IsIOError()) && !lacks_room(status);
}

class RealBackgroundErrors : public BackgroundErrors,
                             public rocksdb::EventListener,
                             public std::enable_shared_from_this<RealBackgroundErrors> {
 public:
  ~RealBackgroundErrors() override { forget(); }

  void OnBackgroundError(BackgroundErrorReason reason, Status* error) override;
  void OnErrorRecoveryBegin(BackgroundErrorReason, Status, bool* automatic) override { *automatic = false; }
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;

  std::shared_ptr<rocksdb::EventListener> listener() override { return shared_from_this(); }
  void watch(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) override;
  void forget() override;
  bool stopped() const override { return stopped_; }
  void set_stopped(bool stopped) override { stopped_ = stopped; }
  std::optional<Error> ended() const override;
  void end_rests() override;
  std::optional<std::string> damage() const override;

 private:
  using Clock = std::chrono::steady_clock;
  // A family's last failure, and all tables that were in such a compaction and in no good one since.
  struct Uncompacted {
    std::string why;
    std::set<std::string> tables;
  };
  // With mutex_.
  void note_failed(const rocksdb::CompactionJobInfo& info);
  void note_done(const rocksdb::CompactionJobInfo& info);
  // With mutex_. Starts the thread that brings `paused_` in line with `rests_`.
  void adjust();
  void work();

  std::atomic<bool> stopped_ = false;
  std::atomic<bool> any_rests_ = false;

  mutable std::mutex mutex_;  // guards what follows
  rocksdb::DB* db_ = nullptr;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
  std::map<std::string, Clock::time_point> rests_;  // until when
  std::set<std::string> paused_;
  bool working_ = false;
  std::thread worker_;
  std::optional<Error> ended_;
  std::map<std::string, Uncompacted> uncompacted_;  // by family
};

void RealBackgroundErrors::OnBackgroundError(BackgroundErrorReason reason, Status* error) {
  if (reason == BackgroundErrorReason::kCompaction && (lacks_room(*error) || is_of_tables(*error))) {
    *error = Status::OK();  // OnCompactionCompleted() deals with it
    return;
  }
  if (error->severity() == Status::Severity::kSoftError) {
    LOG_WARN("kv", "the metadata database goes on after an error: {}", error->ToString());
    return;
  }
  if (error->severity() >= Status::Severity::kFatalError) {
    std::lock_guard lock(mutex_);
    if (!ended_) {
      ended_ = to_error(*error, "the metadata database takes no more writes");
      ended_->message += ". Restart this node once its disk works; until then it only reads";
      LOG_ERROR("kv", "{}", ended_->message);
    }
  } else {
    LOG_ERROR("kv", "the metadata database cannot write: {}", error->ToString());
  }
  stopped_ = true;
}

void RealBackgroundErrors::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) {
  std::lock_guard lock(mutex_);
  if (info.status.ok()) note_done(info);
  const bool damaged = is_of_tables(info.status);
  if (!damaged && !lacks_room(info.status)) return;
  if (damaged) {
    note_failed(info);
  } else {
    LOG_WARN("kv", "{} is not compacted for now: {}", info.cf_name, info.status.ToString());
  }
  rests_[info.cf_name] = Clock::now() + (damaged ? Clock::duration(kRestOfDamaged) : Clock::duration(kRestWithoutRoom));
  any_rests_ = true;
  adjust();
}

void RealBackgroundErrors::note_failed(const rocksdb::CompactionJobInfo& info) {
  auto& of_family = uncompacted_[info.cf_name];
  of_family.tables.insert(info.input_files.begin(), info.input_files.end());
  const char* advice = info.status.IsCorruption()
                           ? "What can be read is served, but this node should be replaced"
                           : "Reads and writes go on, and it is tried again every hour. Look at the disk; if it stays "
                             "so, this node should be replaced";
  const std::string before = std::exchange(
      of_family.why, fmt::format("{} cannot be compacted: {}. {}", info.cf_name, info.status.ToString(), advice));
  if (before != of_family.why) LOG_ERROR("kv", "the metadata database: {}", of_family.why);
}

void RealBackgroundErrors::note_done(const rocksdb::CompactionJobInfo& info) {
  const auto found = uncompacted_.find(info.cf_name);
  if (found == uncompacted_.end()) return;
  const auto was_only_moved = [&info](const std::string& table) {
    return std::ranges::find(info.output_files, table) != info.output_files.end();
  };
  for (const std::string& table : info.input_files) {
    if (!was_only_moved(table)) found->second.tables.erase(table);
  }
  if (!found->second.tables.empty()) return;
  LOG_INFO("kv", "{} is compacted after all", info.cf_name);
  uncompacted_.erase(found);
}

void RealBackgroundErrors::watch(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  std::lock_guard lock(mutex_);
  db_ = &db;
  for (auto* family : families) families_[family->GetName()] = family;
  adjust();  // one may have failed while the database was opened
}

void RealBackgroundErrors::forget() {
  std::thread last;
  {
    std::lock_guard lock(mutex_);
    families_.clear();
    last = std::move(worker_);
  }
  if (last.joinable()) last.join();
}

void RealBackgroundErrors::end_rests() {
  if (!any_rests_) return;
  std::lock_guard lock(mutex_);
  if (std::erase_if(rests_, [now = Clock::now()](const auto& rest) { return rest.second <= now; }) > 0) adjust();
  any_rests_ = !rests_.empty();
}

void RealBackgroundErrors::adjust() {
  const bool nothing_rests = rests_.empty() && paused_.empty();
  if (working_ || families_.empty() || nothing_rests) return;
  if (worker_.joinable()) worker_.join();  // it has ended
  working_ = true;
  worker_ = std::thread([this] { work(); });
}

void RealBackgroundErrors::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto next = std::ranges::find_if(families_, [this](const auto& family) {
      return rests_.contains(family.first) != paused_.contains(family.first);
    });
    if (next == families_.end()) break;
    const auto [name, family] = *next;
    const bool pause = rests_.contains(name);
    if (pause) {
      paused_.insert(name);
    } else {
      paused_.erase(name);
    }
    lock.unlock();
    const Status set = db_->SetOptions(family, {{"disable_auto_compactions", pause ? "true" : "false"}});
    if (!set.ok())
      LOG_WARN("kv", "{}: compaction could not be {}: {}", name, pause ? "paused" : "resumed", set.ToString());
    lock.lock();
  }
  working_ = false;
}

std::optional<std::string> RealBackgroundErrors::damage() const {
  std::lock_guard lock(mutex_);
  if (ended_) return ended_->message;
  if (!uncompacted_.empty()) return uncompacted_.begin()->second.why;
  return std::nullopt;
}

std::optional<Error> RealBackgroundErrors::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace

std::shared_ptr<BackgroundErrors> BackgroundErrors::create() {
  return std::make_shared<RealBackgroundErrors>();
}

}  // namespace garage::kv

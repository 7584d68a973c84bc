#include "kv/rocksdb/background_errors.hpp"

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
  void end_rests() override;
  std::optional<std::string> damage() const override;

 private:
  using Clock = std::chrono::steady_clock;
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
  std::optional<std::string> damage_;
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
  LOG_ERROR("kv", "the metadata database cannot write: {}", error->ToString());
  stopped_ = true;
}

void RealBackgroundErrors::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) {
  if (!lacks_room(info.status) && !is_of_tables(info.status)) return;
  std::lock_guard lock(mutex_);
  const bool damaged = is_of_tables(info.status);
  if (!damaged) {
    LOG_WARN("kv", "{} is not compacted for now: {}", info.cf_name, info.status.ToString());
  } else if (!std::exchange(damage_, info.cf_name + " cannot be compacted: " + info.status.ToString())) {
    LOG_ERROR("kv",
              "the metadata database is damaged: {}. What can be read is served, but this node should be replaced",
              *damage_);
  }
  rests_[info.cf_name] = Clock::now() + (damaged ? Clock::duration(kRestOfDamaged) : Clock::duration(kRestWithoutRoom));
  any_rests_ = true;
  adjust();
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
  return damage_;
}

}  // namespace

std::shared_ptr<BackgroundErrors> BackgroundErrors::create() {
  return std::make_shared<RealBackgroundErrors>();
}

}  // namespace garage::kv

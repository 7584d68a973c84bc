#include "admin/node_space.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include "runtime/future.hpp"
#include "runtime/loop.hpp"

namespace garage::admin {
namespace {

constexpr Duration kPatience = 1s;
constexpr size_t kMetadata = 0;  // the first directory; those of the data follow

}  // namespace

// One who measures: woken by the last answer that it waits for, or when its patience ends.
struct SpaceMeter::Waiter {
  explicit Waiter(runtime::Promise<bool> promise) : promise_(std::move(promise)) {}
  void answered() {
    if (--missing == 0) wake();
  }
  void wake() {
    if (!is_awake_.exchange(true)) promise_.set(true);
  }

  std::atomic<size_t> missing = 0;

 private:
  std::atomic<bool> is_awake_ = false;
  runtime::Promise<bool> promise_;
};

struct SpaceMeter::Question {
  std::string path;
  std::optional<env::Space> answer = {};  // the last
  std::optional<MonotonicTime> asked_at = {};
  std::vector<std::shared_ptr<Waiter>> waiting = {};
};

struct SpaceMeter::Answers {
  void take(size_t directory, std::optional<env::Space> answer) {
    std::vector<std::shared_ptr<Waiter>> waiting;
    {
      std::lock_guard lock(mutex);
      Question& question = questions[directory];
      question.answer = answer;
      question.asked_at.reset();
      waiting.swap(question.waiting);
    }
    for (const auto& waiter : waiting) waiter->answered();
  }

  std::mutex mutex;
  std::vector<Question> questions;  // guarded by mutex
};

SpaceMeter::SpaceMeter(Parts parts)
    : disk_(parts.disk),
      metadata_pool_(parts.metadata_pool),
      data_pool_(parts.data_pool),
      answers_(std::make_shared<Answers>()) {
  answers_->questions.push_back({.path = std::move(parts.metadata_dir)});
  for (auto& directory : parts.data_dirs) answers_->questions.push_back({.path = std::move(directory)});
}

void SpaceMeter::ask(size_t directory) {
  runtime::Pool& pool = directory == kMetadata ? metadata_pool_ : data_pool_;
  pool.run([answers = answers_, &disk = disk_, directory, path = answers_->questions[directory].path] {
    const auto space = disk.space(path);
    answers->take(directory, space ? std::optional(*space) : std::nullopt);
  });
}

Task<NodeSpace> SpaceMeter::measure() {
  runtime::Loop& loop = *runtime::Loop::current();
  auto [promise, future] = runtime::make_future<bool>();
  auto waiter = std::make_shared<Waiter>(std::move(promise));
  std::vector<size_t> to_ask;
  {
    std::lock_guard lock(answers_->mutex);
    for (size_t i = 0; i < answers_->questions.size(); ++i) {
      Question& question = answers_->questions[i];
      if (!question.asked_at) {
        question.asked_at = loop.now();
        to_ask.push_back(i);
      } else if (loop.now() - *question.asked_at >= kPatience) {
        continue;
      }
      question.waiting.push_back(waiter);
      ++waiter->missing;
    }
  }
  if (waiter->missing > 0) {
    for (const size_t directory : to_ask) ask(directory);
    const runtime::TimerId timer = loop.call_after(kPatience, [waiter] { waiter->wake(); });
    (void)co_await std::move(future);
    loop.cancel(timer);
  }
  co_return sum_up();
}

NodeSpace SpaceMeter::sum_up() const {
  std::lock_guard lock(answers_->mutex);
  NodeSpace out;
  std::set<uint64_t> seen;
  for (size_t i = 0; i < answers_->questions.size(); ++i) {
    const auto& space = answers_->questions[i].answer;
    if (!space) continue;
    if (i == kMetadata) {
      out.metadata = *space;
      continue;
    }
    // Directories on one file system share its space, which counts once.
    if (!seen.insert(space->device).second) continue;
    if (!out.data) out.data = env::Space{};
    out.data->total_bytes += space->total_bytes;
    out.data->available_bytes += space->available_bytes;
  }
  return out;
}

}  // namespace garage::admin

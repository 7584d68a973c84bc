// Questions to the cluster about rows of the settings that are under way or were answered lately: who asks the same
// joins. Requests ask before they have shown who they are, so a flood of them must not become a flood of questions.
//
// Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "runtime/future.hpp"

namespace garage::model {

class AskedRows {
 public:
  static constexpr size_t kRememberedMax = 10'000;
  using Answer = Result<bool>;

  // What to do about a question: take the answer; or wait, and come again with the same times; or ask, and call
  // answered() whatever comes out of it.
  struct Turn {
    std::optional<Answer> known;
    std::optional<runtime::Future<bool>> wait;
  };
  // An answer is good if it was asked for after `asked_after`, at the latest when the question came up (`came_up`). An
  // error is good for those who waited for it only.
  Turn turn_for(const std::string& key, MonotonicTime came_up, MonotonicTime asked_after);
  // `asked`: when the question was sent.
  void answered(const std::string& key, MonotonicTime asked, Answer answer);

 private:
  struct Asked {
    bool asking = false;
    std::optional<Answer> answer;
    MonotonicTime at = {};
    std::vector<runtime::Promise<bool>> waiting;
  };
  void forget_some();

  std::mutex mutex_;
  std::map<std::string, Asked> rows_;
};

}  // namespace garage::model

#include "admin_http/metrics_page.hpp"

#include "runtime/loop.hpp"
#include "runtime/sleep.hpp"

namespace garage::admin_http {

Task<std::string> MetricsPage::ask() {
  const bool leads = next_ == nullptr;
  if (leads) next_ = std::make_shared<Round>();
  const std::shared_ptr<Round> round = next_;
  if (leads) {
    co_await lead(round);
  } else {
    while (!round->done) co_await answered_.wait();
  }
  co_return round->text;
}

Task<void> MetricsPage::lead(std::shared_ptr<Round> round) {
  while (looking_) co_await answered_.wait();
  if (const Duration early = not_before_ - runtime::Loop::current()->now(); early > Duration::zero()) {
    co_await runtime::sleep_for(early);
  }
  next_.reset();
  not_before_ = runtime::Loop::current()->now() + kPause;
  looking_ = true;
  round->text = co_await look_();
  looking_ = false;
  round->done = true;
  answered_.notify_all();
}

}  // namespace garage::admin_http

#include "table/register.hpp"

#include <utility>

namespace garage::table {
namespace {

class Always final : public Decision {
 public:
  explicit Always(std::optional<std::string> value) : value_(std::move(value)) {}
  Result<std::optional<std::string>> decide(const std::optional<Row>& current) override { return value_; }
  size_t bytes() const override { return value_ ? value_->size() : 0; }

 private:
  std::optional<std::string> value_;
};

}  // namespace

std::shared_ptr<Decision> always(std::optional<std::string> value) {
  return std::make_shared<Always>(std::move(value));
}

Task<Result<Settled>> Register::settle(std::string key, SettleOptions options) {
  co_return fail(ErrorKind::kUnsupported, "this register settles nothing");
}

}  // namespace garage::table

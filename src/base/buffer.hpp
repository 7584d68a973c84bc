// A piece of immutable bytes shared without copying: a view and whatever keeps it alive.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace garage {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::string bytes) {
    auto owned = std::make_shared<const std::string>(std::move(bytes));
    view_ = *owned;
    owner_ = std::move(owned);
  }
  Buffer(std::shared_ptr<const void> owner, std::string_view view) : owner_(std::move(owner)), view_(view) {}

  std::string_view view() const { return view_; }
  size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  // A part of it that shares the same owner.
  Buffer slice(size_t offset, size_t length) const { return Buffer(owner_, view_.substr(offset, length)); }
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view view_;
};

}  // namespace garage

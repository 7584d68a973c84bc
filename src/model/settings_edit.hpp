// Decisions that settings are changed by. Private to this module.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "table/register.hpp"

namespace garage::model {

inline Error no_such_bucket(const BucketId& id) {
  return {ErrorKind::kNotFound, "bucket " + id.hex() + " does not exist"};
}

// What people call a thing. A row of the settings is on every node, and in the memory of each.
inline constexpr size_t kLabelBytesMax = 255;
inline Result<void> check_label(std::string_view what, std::string_view text) {
  if (text.size() <= kLabelBytesMax) return {};
  return fail(ErrorKind::kInvalid,
              "the " + std::string(what) + " is longer than " + std::to_string(kLabelBytesMax) + " bytes");
}

// Creates the row; kExists where there is one. With `reuse_tombstone` false, a deleted row counts as existing (ids are
// never reused).
class CreateRow : public table::Decision {
 public:
  CreateRow(std::string value, bool reuse_tombstone) : value_(std::move(value)), reuse_tombstone_(reuse_tombstone) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (current && (current->value || !reuse_tombstone_)) return fail(ErrorKind::kExists, "already exists");
    return value_;
  }

 private:
  std::string value_;
  bool reuse_tombstone_;
};

// Puts another value in the place of the one that was seen, or where there is none any more. kExists for all others.
class ReplaceRow : public table::Decision {
 public:
  ReplaceRow(std::string seen, std::string value) : seen_(std::move(seen)), value_(std::move(value)) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (current && current->value && *current->value != seen_) return fail(ErrorKind::kExists, "already exists");
    return value_;
  }

 private:
  std::string seen_;
  std::string value_;
};

// Removes the row if `value` is still what it holds.
class RemoveRow : public table::Decision {
 public:
  explicit RemoveRow(std::optional<std::string> expected) : expected_(std::move(expected)) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (!current || !current->value) return fail(ErrorKind::kNotFound, "does not exist");
    if (expected_ && *current->value != *expected_) return fail(ErrorKind::kPrecondition, "changed meanwhile");
    return std::optional<std::string>();
  }

 private:
  std::optional<std::string> expected_;
};

// Decodes, edits, encodes. The edited value stays readable in result().
template <class Value, Result<Value> (*decode)(std::string_view), std::string (*encode)(const Value&)>
class EditRow : public table::Decision {
 public:
  explicit EditRow(std::function<Result<void>(Value&)> edit) : edit_(std::move(edit)) {}
  Result<std::optional<std::string>> decide(const std::optional<table::Row>& current) override {
    if (!current || !current->value) return fail(ErrorKind::kNotFound, "does not exist");
    TRY(Value value, decode(*current->value));
    CHECK_OK(edit_(value));
    result_ = std::move(value);
    return encode(*result_);
  }
  const Value& result() const { return *result_; }

 private:
  std::function<Result<void>(Value&)> edit_;
  std::optional<Value> result_;
};

}  // namespace garage::model

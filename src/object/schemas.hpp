// What follows from a change of an object row or an upload row, in the same batch. Private to this module.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "table/register.hpp"

namespace garage::object {

// Asked inside commits: do several nodes keep the rows?
using IsReplicated = std::function<bool()>;
// The same: is a bucket being deleted, or gone?
using IsClosed = std::function<bool(const BucketId&)>;

// Of the bucket that a row key begins with.
bool is_in_closed(const IsClosed& closed, std::string_view row_key);

// Object rows: counters; the bytes of a version that is no longer named go to the collector; tombstones too.
class ObjectSchema : public table::Schema {
 public:
  kv::Family family() const override { return kv::Family::kObject; }
  Result<void> on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                          const std::optional<table::Row>& before, const table::Row& after) override;
  // The small body, or the pages of blocks and parts, and what these pages name in turn.
  std::vector<kv::Key> companions_of(std::string_view key, const table::Row& row) const override;
  std::vector<kv::Key> companions_behind(const kv::Key& companion, std::string_view value) const override;
  // What a listing shows.
  std::string project(std::string_view value) const override;
  std::optional<table::Completion> completion_of(const table::Row& row) const override;
  bool is_closed(std::string_view key) const override { return is_in_closed(closed_, key); }
  void replicated_when(IsReplicated replicated) { replicated_ = std::move(replicated); }
  void closed_when(IsClosed closed) { closed_ = std::move(closed); }

 private:
  IsReplicated replicated_ = [] { return false; };
  IsClosed closed_;
};

// Upload rows and, beside them, rows of part attempts.
class UploadSchema : public table::Schema {
 public:
  kv::Family family() const override { return kv::Family::kUpload; }
  Result<void> on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                          const std::optional<table::Row>& before, const table::Row& after) override;
  // Of a part attempt: its small body, or the pages of its blocks.
  std::vector<kv::Key> companions_of(std::string_view key, const table::Row& row) const override;
  bool is_closed(std::string_view key) const override { return is_in_closed(closed_, key); }
  void replicated_when(IsReplicated replicated) { replicated_ = std::move(replicated); }
  void closed_when(IsClosed closed) { closed_ = std::move(closed); }

 private:
  IsReplicated replicated_ = [] { return false; };
  IsClosed closed_;
};

}  // namespace garage::object

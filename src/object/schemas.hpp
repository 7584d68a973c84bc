// What follows from a change of an object row or an upload row, in the same batch. Private to this module.
#pragma once

#include "table/register.hpp"

namespace garage::object {

// Object rows: counters; the bytes of a version that is no longer named go to the collector; tombstones too.
class ObjectSchema : public table::Schema {
 public:
  kv::Family family() const override { return kv::Family::kObject; }
  Result<void> on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                          const std::optional<table::Row>& before, const table::Row& after) override;
};

// Upload rows and, beside them, rows of part attempts.
class UploadSchema : public table::Schema {
 public:
  kv::Family family() const override { return kv::Family::kUpload; }
  Result<void> on_install(kv::View& view, kv::Batch& batch, std::string_view key,
                          const std::optional<table::Row>& before, const table::Row& after) override;
};

}  // namespace garage::object

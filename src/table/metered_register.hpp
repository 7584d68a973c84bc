// A Register, and Ranges, that count and time what they are asked, by the name of the table, and record it as spans.
//
// Ownership: borrow the TableMeter; a MeteredRegister owns the register behind it. Threads: as what is behind.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "table/range.hpp"
#include "table/register.hpp"
#include "telemetry/registry.hpp"

namespace garage::table {

// One family of rows may keep several tables of the reference: names them by key. All names are known from the start.
struct TableNames {
  std::vector<std::string> all;
  std::function<size_t(std::string_view key)> index_of;
};

class TableMeter {
 public:
  TableMeter(TableNames names, telemetry::Registry& registry);

  struct Of {
    std::string name;
    telemetry::Counter* gets;
    telemetry::Counter* puts;
    telemetry::Histogram* get_duration;
    telemetry::Histogram* put_duration;
  };
  const Of& of(std::string_view key) const { return tables_[names_.index_of(key)]; }

 private:
  const TableNames names_;
  std::vector<Of> tables_;
};

class MeteredRegister final : public Register {
 public:
  MeteredRegister(std::unique_ptr<Register> inner, const TableMeter& meter) : inner_(std::move(inner)), meter_(meter) {}
  Task<Result<Written>> write(Write write) override;
  Task<Result<std::optional<Row>>> read(std::string key) override;
  Task<Result<Settled>> settle(std::string key, SettleOptions options) override;

 private:
  const std::unique_ptr<Register> inner_;
  const TableMeter& meter_;
};

class MeteredRanges final : public Ranges {
 public:
  MeteredRanges(Ranges& inner, const TableMeter& meter) : inner_(inner), meter_(meter) {}
  Task<Result<RangePage>> read(RangeQuery query) override;

 private:
  Ranges& inner_;
  const TableMeter& meter_;
};

}  // namespace garage::table

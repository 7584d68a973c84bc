// A configuration document as a plain tree, each value with the line it stands on. What read it (TOML) is not visible
// here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace garage::config {

struct Value;
struct Member;
using Array = std::vector<Value>;
using Table = std::vector<Member>;  // names are unique

// Kinds of TOML that no setting has (dates).
struct Other {};

struct Value {
  std::variant<bool, int64_t, double, std::string, Array, Table, Other> content;
  uint32_t line = 0;  // from 1

  const bool* as_bool() const { return std::get_if<bool>(&content); }
  const int64_t* as_integer() const { return std::get_if<int64_t>(&content); }
  const std::string* as_text() const { return std::get_if<std::string>(&content); }
  const Array* as_array() const { return std::get_if<Array>(&content); }
  const Table* as_table() const { return std::get_if<Table>(&content); }
  // "a string", "a whole number" ...: for messages.
  std::string_view kind_name() const;
};

struct Member {
  std::string name;
  Value value;
};

// kInvalid with line and reason for what is not TOML.
Result<Table> parse_toml(std::string_view text);

}  // namespace garage::config

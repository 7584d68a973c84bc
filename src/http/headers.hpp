// The fields of a received message, in the order they came, as views of bytes that somebody else keeps.
//
// Names are lower-cased, values are without the blanks around them and otherwise as sent. Several fields of one name
// stay several: whoever reads a field decides whether that is allowed. Fields of a trailer are never among these (see
// body.hpp).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace garage::http {

struct Header {
  std::string_view name;  // lower-cased
  std::string_view value;
};

class Headers {
 public:
  // The first field of that name. `lower_name` must be lower-cased.
  std::optional<std::string_view> get(std::string_view lower_name) const;
  std::vector<std::string_view> get_all(std::string_view lower_name) const;
  bool has(std::string_view lower_name) const { return get(lower_name).has_value(); }

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

  // For whoever parses a message, and for tests. The bytes are borrowed.
  void add(std::string_view lower_name, std::string_view value) { fields_.push_back({lower_name, value}); }
  void clear() { fields_.clear(); }  // keeps its memory for the next message

 private:
  std::vector<Header> fields_;
};

}  // namespace garage::http

// The headers that a request acts by: the received ones and, for a presigned request, the signed x-amz-* query
// parameters.
//
// Ownership: borrows the request's headers and its ParsedUri. May be moved.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.hpp"

namespace garage::api {

class EffectiveHeaders {
 public:
  explicit EffectiveHeaders(const http::Headers& received) : received_(&received) {}

  // The first of that name. `lower_name` must be lower-cased.
  std::optional<std::string_view> get(std::string_view lower_name) const;
  std::vector<std::string_view> get_all(std::string_view lower_name) const;
  bool has(std::string_view lower_name) const { return get(lower_name).has_value(); }

  // Calls visit(name, value) for every field: first the received ones in their order, then those only in the query.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& field : *received_) visit(field.name, field.value);
    for (const auto& field : from_query_) visit(std::string_view(*field.lower_name), field.value);
  }

  // For the signature check. The value is borrowed.
  void add_from_query(std::string lower_name, std::string_view value);

 private:
  struct Added {
    std::unique_ptr<std::string> lower_name;  // on the heap so that views survive a move
    std::string_view value;
  };
  const http::Headers* received_;
  std::vector<Added> from_query_;
};

}  // namespace garage::api

// The query of a request: parsed once, read by the router, the operations and the signature check alike.
//
// Ownership: views point into the request's target or into a buffer of this object; valid as long as both. May be
// moved. Rules:     application/x-www-form-urlencoded (+ is a blank), order kept. A name given twice, a broken escape,
// NUL, bytes that
//            are not UTF-8, or more than 100 parameters are errors: nobody may read another value than was signed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error.hpp"

namespace garage::api {

struct QueryParam {
  std::string_view name;   // decoded
  std::string_view value;  // decoded; empty without '='
  bool has_value = false;  // there was a '='
  std::string_view raw_name;
  std::string_view raw_value;
};

class QueryParams {
 public:
  static constexpr size_t kParamsMax = 100;

  static ApiResult<QueryParams> parse(std::string_view raw_query);

  const QueryParam* find(std::string_view name) const;
  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }

  auto begin() const { return params_.begin(); }
  auto end() const { return params_.end(); }
  size_t size() const { return params_.size(); }

 private:
  std::vector<QueryParam> params_;
  std::unique_ptr<std::string> decoded_;  // on the heap so that views survive a move; absent if nothing was escaped
};

}  // namespace garage::api

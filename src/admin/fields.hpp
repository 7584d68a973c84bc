// The members of a request, by name. Private to this module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/error.hpp"
#include "codec/json.hpp"
#include "model/permission.hpp"

namespace garage::admin {

// Views into a request, which outlives it.
class Fields {
 public:
  // Members of `request`, and of its "body" where it has one.
  explicit Fields(const codec::Json& request) : request_(request), body_(request.find("body")) {}

  // Null where it is missing or null.
  const codec::Json* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // Is it there, even as null?
  bool mentions(std::string_view name) const;

  AdminResult<std::optional<std::string>> text(std::string_view name) const;
  AdminResult<std::string> required_text(std::string_view name) const;
  AdminResult<std::optional<bool>> flag(std::string_view name) const;
  AdminResult<std::optional<uint64_t>> number(std::string_view name) const;
  AdminResult<std::optional<uint64_t>> date_ms(std::string_view name) const;

 private:
  const codec::Json& request_;
  const codec::Json* body_;
};

// `expiration` or `neverExpires`: nullopt where neither is there, a nullopt inside it for never.
AdminResult<std::optional<std::optional<uint64_t>>> read_expiration(const Fields& fields);

// What is looked for: exactly one of `id` and `search`.
struct Sought {
  std::optional<std::string> id, search;
};
AdminResult<Sought> read_sought(const Fields& fields);

// {read?, write?, owner?}
AdminResult<model::Permission> read_permission(const codec::Json* value);

}  // namespace garage::admin

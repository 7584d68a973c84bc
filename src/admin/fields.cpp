#include "admin/fields.hpp"

#include <fmt/format.h>

#include <charconv>

#include "codec/iso_time.hpp"

namespace garage::admin {

using codec::Json;

const Json* Fields::find(std::string_view name) const {
  const Json* value = request_.find(name);
  if (!value && body_) value = body_->find(name);
  return value && !value->is_null() ? value : nullptr;
}

bool Fields::mentions(std::string_view name) const {
  return request_.find(name) || (body_ && body_->find(name));
}

AdminResult<std::optional<std::string>> Fields::text(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  const auto text = value->as_string();
  if (!text) return invalid_request(fmt::format("`{}` must be a string", name));
  return std::string(*text);
}

AdminResult<std::string> Fields::required_text(std::string_view name) const {
  ADMIN_TRY(auto value, text(name));
  if (!value) return invalid_request(fmt::format("`{}` is missing", name));
  return std::move(*value);
}

AdminResult<std::optional<bool>> Fields::flag(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (const auto flag = value->as_bool()) return flag;
  // As in a query.
  if (value->as_string() == "true") return true;
  if (value->as_string() == "false") return false;
  return invalid_request(fmt::format("`{}` must be true or false", name));
}

AdminResult<std::optional<uint64_t>> Fields::number(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  auto number = value->as_uint64();
  if (const auto text = value->as_string(); text && !text->empty()) {
    // As in a query.
    uint64_t parsed = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), parsed);
    if (error == std::errc() && end == text->data() + text->size()) number = parsed;
  }
  if (!number) return invalid_request(fmt::format("`{}` must be a whole number, not negative", name));
  return number;
}

AdminResult<std::optional<uint64_t>> Fields::date_ms(std::string_view name) const {
  ADMIN_TRY(const auto value, text(name));
  if (!value) return std::nullopt;
  const auto time = codec::parse_iso_time(*value);
  if (!time) return invalid_request(fmt::format("`{}` must be a date such as 2025-06-14T10:11:12Z", name));
  return time->unix_ms;
}

AdminResult<model::Permission> read_permission(const Json* value) {
  model::Permission out;
  if (!value) return out;
  if (!value->is_object()) return invalid_request("permissions must be an object with read, write, owner");
  const Fields fields(*value);
  ADMIN_TRY(const auto read, fields.flag("read"));
  ADMIN_TRY(const auto write, fields.flag("write"));
  ADMIN_TRY(const auto owner, fields.flag("owner"));
  return model::Permission{
      .read = read.value_or(false), .write = write.value_or(false), .owner = owner.value_or(false)};
}

AdminResult<std::optional<std::optional<uint64_t>>> read_expiration(const Fields& fields) {
  ADMIN_TRY(const auto expiration, fields.date_ms("expiration"));
  ADMIN_TRY(const auto never, fields.flag("neverExpires"));
  if (expiration && never.value_or(false)) return invalid_request("cannot specify `expiration` and `neverExpires`");
  std::optional<std::optional<uint64_t>> out;
  if (expiration || never.value_or(false)) out.emplace(expiration);
  return out;
}

AdminResult<Sought> read_sought(const Fields& fields) {
  Sought out;
  ADMIN_TRY(out.id, fields.text("id"));
  ADMIN_TRY(out.search, fields.text("search"));
  if (out.id.has_value() == out.search.has_value())
    return invalid_request("Either id or search must be provided (but not both)");
  return out;
}

}  // namespace garage::admin

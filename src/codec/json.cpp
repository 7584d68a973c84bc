#include "codec/json.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace garage::codec {

Json::Json() noexcept = default;
Json::Json(std::nullptr_t) noexcept {}
Json::Json(Exactly, bool value) noexcept : value_(value) {}
Json::Json(Exactly, int64_t value) noexcept : value_(value) {}
Json::Json(Exactly, uint64_t value) noexcept : value_(value) {
  if (value <= static_cast<uint64_t>(INT64_MAX)) value_ = static_cast<int64_t>(value);
}
Json::Json(double value) noexcept : value_(value) {}
Json::Json(std::string value) : value_(std::move(value)) {}
Json::Json(std::string_view value) : value_(std::string(value)) {}
Json::Json(const char* value) : value_(std::string(value)) {}
Json::Json(Array value) : value_(std::move(value)) {}
Json::Json(Object value) : value_(std::move(value)) {}
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json Json::object(std::initializer_list<JsonMember> members) {
  Json out{Object{}};
  for (const auto& member : members) out.set(member.key, member.value);
  return out;
}

Json Json::array(std::initializer_list<Json> items) {
  return Json(Array(items));
}

std::optional<bool> Json::as_bool() const {
  const auto* value = std::get_if<bool>(&value_);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<int64_t> Json::as_int64() const {
  const auto* value = std::get_if<int64_t>(&value_);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<uint64_t> Json::as_uint64() const {
  if (const auto* value = std::get_if<uint64_t>(&value_)) return *value;
  const auto* value = std::get_if<int64_t>(&value_);
  return value != nullptr && *value >= 0 ? std::optional(static_cast<uint64_t>(*value)) : std::nullopt;
}

std::optional<double> Json::as_double() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<uint64_t>(&value_)) return static_cast<double>(*value);
  return std::nullopt;
}

std::optional<std::string_view> Json::as_string() const {
  const auto* value = std::get_if<std::string>(&value_);
  return value != nullptr ? std::optional<std::string_view>(*value) : std::nullopt;
}

const Json::Array* Json::as_array() const {
  return std::get_if<Array>(&value_);
}

const Json::Object* Json::as_object() const {
  return std::get_if<Object>(&value_);
}

const Json* Json::find(std::string_view key) const {
  const Object* members = as_object();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(), [&](const JsonMember& m) { return m.key == key; });
  return found != members->end() ? &found->value : nullptr;
}

size_t Json::size() const {
  if (const Array* items = as_array()) return items->size();
  if (const Object* members = as_object()) return members->size();
  return 0;
}

Json& Json::push_back(Json item) {
  if (is_null()) value_ = Array{};
  ASSERT(is_array(), "push_back needs an array");
  std::get<Array>(value_).push_back(std::move(item));
  return *this;
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  ASSERT(is_object(), "set needs an object");
  auto& members = std::get<Object>(value_);
  const auto found = std::find_if(members.begin(), members.end(), [&](const JsonMember& m) { return m.key == key; });
  if (found != members.end()) {
    found->value = std::move(value);
  } else {
    members.push_back({std::string(key), std::move(value)});
  }
  return *this;
}

Json& Json::append_member(std::string key, Json value) {
  if (is_null()) value_ = Object{};
  ASSERT(is_object(), "append_member needs an object");
  std::get<Object>(value_).push_back({std::move(key), std::move(value)});
  return *this;
}

bool operator==(const Json& a, const Json& b) {
  return a.value_ == b.value_;
}

}  // namespace garage::codec

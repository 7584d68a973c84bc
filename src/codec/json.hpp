// JSON as a value: null, true or false, an integer, a floating-point number, a string, an array, an object (in
// insertion order).
//
// Building:   Json::object({{"name", name}, {"tags", Json::array({1, 2})}}), push_back(), set().
// Reading:    find() and the as_...() accessors, which give nothing when the value is of another kind.
// Text:       parse_json() accepts RFC 8259 in UTF-8, bounded in depth; the caller bounds the size (a value takes up to
// some
//             40 bytes for each byte of text). Refused are an object that names a key twice, so that two readers of one
//             document never see different things, and a number that a double cannot hold. to_json() always writes
//             valid JSON.
// Ownership:  a value; views and pointers from accessors are valid until the value changes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace garage::codec {

struct JsonMember;

class Json {
 public:
  enum class Kind : unsigned char { kNull, kBool, kInt64, kUint64, kDouble, kString, kArray, kObject };
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;

  Json() noexcept;
  Json(std::nullptr_t) noexcept;
  Json(std::same_as<bool> auto value) noexcept : Json(Exactly{}, bool{value}) {}
  // An integer is kUint64 only where int64_t cannot hold it, so that equal numbers are equal values.
  Json(std::signed_integral auto value) noexcept : Json(Exactly{}, int64_t{value}) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Json(T value) noexcept : Json(Exactly{}, uint64_t{value}) {}
  Json(double value) noexcept;
  Json(std::string value);
  Json(std::string_view value);
  Json(const char* value);
  Json(Array value);
  Json(Object value);
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();

  // Later members of the same name win.
  static Json object(std::initializer_list<JsonMember> members = {});
  static Json array(std::initializer_list<Json> items = {});

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_object() const { return kind() == Kind::kObject; }
  bool is_array() const { return kind() == Kind::kArray; }

  std::optional<bool> as_bool() const;
  // Integers that fit; a number written with a fraction or exponent is no integer.
  std::optional<int64_t> as_int64() const;
  std::optional<uint64_t> as_uint64() const;
  // Any number.
  std::optional<double> as_double() const;
  std::optional<std::string_view> as_string() const;
  const Array* as_array() const;    // nullptr if it is none
  const Object* as_object() const;  // nullptr if it is none

  // The member of that name; nullptr if there is none or this is no object.
  const Json* find(std::string_view key) const;
  // Members or items; 0 for anything else.
  size_t size() const;

  // Of an array; null becomes an empty array first.
  Json& push_back(Json item);
  // Of an object; null becomes an empty object first. Replaces a member of that name in its place. Linear in the number
  // of members.
  Json& set(std::string_view key, Json value);
  // Like set(), for builders of large objects who know that the key is new.
  Json& append_member(std::string key, Json value);

  friend bool operator==(const Json& a, const Json& b);

 private:
  using Value = std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Object>;

  // Not templates: they are compiled where JsonMember is complete.
  struct Exactly {};
  Json(Exactly, bool value) noexcept;
  Json(Exactly, int64_t value) noexcept;
  Json(Exactly, uint64_t value) noexcept;

  Value value_;
};

struct JsonMember {
  std::string key;
  Json value;
  friend bool operator==(const JsonMember&, const JsonMember&) = default;
};

inline constexpr size_t kJsonDepthMax = 32;

// kInvalid with the position for anything that is not one JSON document, or is nested deeper than depth_max.
Result<Json> parse_json(std::string_view text, size_t depth_max = kJsonDepthMax);

// Without spaces. What JSON cannot say is replaced: a double that is no finite number by null, bytes that are no UTF-8
// by U+FFFD.
std::string to_json(const Json& value);
void append_json(std::string& out, const Json& value);
// Two spaces a level, for people.
std::string to_json_pretty(const Json& value);
// A string with its quotes and escapes, for writers of large documents that build no Json.
void append_json_string(std::string& out, std::string_view text);

}  // namespace garage::codec

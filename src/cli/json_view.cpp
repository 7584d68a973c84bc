#include "cli/json_view.hpp"

namespace garage::cli {

const Json& member(const Json& object, std::string_view name) {
  static const Json nothing;
  const Json* value = object.find(name);
  return value ? *value : nothing;
}

std::string text_of(const Json& object, std::string_view name) {
  return std::string(member(object, name).as_string().value_or(""));
}

uint64_t number_of(const Json& object, std::string_view name) {
  return member(object, name).as_uint64().value_or(0);
}

bool flag_of(const Json& object, std::string_view name) {
  return member(object, name).as_bool().value_or(false);
}

const Json::Array& items_of(const Json& array) {
  static const Json::Array nothing;
  const auto* items = array.as_array();
  return items ? *items : nothing;
}

const Json::Array& items_of(const Json& object, std::string_view name) {
  return items_of(member(object, name));
}

std::vector<std::string> texts_of(const Json& object, std::string_view name) {
  std::vector<std::string> out;
  for (const Json& item : items_of(object, name)) {
    if (const auto text = item.as_string()) out.emplace_back(*text);
  }
  return out;
}

}  // namespace garage::cli

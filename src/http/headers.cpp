#include "http/headers.hpp"

namespace garage::http {

std::optional<std::string_view> Headers::get(std::string_view lower_name) const {
  for (const Header& field : fields_) {
    if (field.name == lower_name) return field.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::get_all(std::string_view lower_name) const {
  std::vector<std::string_view> values;
  for (const Header& field : fields_) {
    if (field.name == lower_name) values.push_back(field.value);
  }
  return values;
}

}  // namespace garage::http

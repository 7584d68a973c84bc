#include "api/effective_headers.hpp"

#include <utility>

namespace garage::api {

std::optional<std::string_view> EffectiveHeaders::get(std::string_view lower_name) const {
  if (auto value = received_->get(lower_name)) return value;
  for (const Added& added : from_query_) {
    if (*added.lower_name == lower_name) return added.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> EffectiveHeaders::get_all(std::string_view lower_name) const {
  auto values = received_->get_all(lower_name);
  if (!values.empty()) return values;  // one in the query has the same value: the signature check saw to it
  for (const Added& added : from_query_) {
    if (*added.lower_name == lower_name) values.push_back(added.value);
  }
  return values;
}

void EffectiveHeaders::add_from_query(std::string lower_name, std::string_view value) {
  from_query_.push_back({std::make_unique<std::string>(std::move(lower_name)), value});
}

}  // namespace garage::api

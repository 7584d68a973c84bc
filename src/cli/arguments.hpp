// What a command was given: texts by the name of their argument, in the order written. A value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace garage::cli {

class Arguments {
 public:
  void add(std::string_view name, std::string value) { values_[std::string(name)].push_back(std::move(value)); }

  bool has(std::string_view name) const { return values_.contains(name); }
  // The last one given; empty if none was.
  std::string text(std::string_view name) const { return find(name).value_or(""); }
  std::optional<std::string> find(std::string_view name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? std::nullopt : std::optional(it->second.back());
  }
  std::vector<std::string> all(std::string_view name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? std::vector<std::string>() : it->second;
  }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace garage::cli

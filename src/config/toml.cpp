// The only file that knows toml++.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "config/value.hpp"

namespace garage::config {
namespace {

Value convert(const toml::node& node);

Table convert_table(const toml::table& table) {
  Table out;
  for (const auto& [key, node] : table) out.push_back({std::string(key.str()), convert(node)});
  // As in the file: the library sorts by name.
  std::ranges::sort(out, {},
                    [](const Member& member) { return std::pair(member.value.line, std::string_view(member.name)); });
  return out;
}

Value convert(const toml::node& node) {
  Value out;
  out.line = node.source().begin.line;
  if (const auto* boolean = node.as_boolean()) {
    out.content = boolean->get();
  } else if (const auto* integer = node.as_integer()) {
    out.content = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    out.content = number->get();
  } else if (const auto* text = node.as_string()) {
    out.content = text->get();
  } else if (const auto* array = node.as_array()) {
    Array items;
    for (const auto& item : *array) items.push_back(convert(item));
    out.content = std::move(items);
  } else if (const auto* table = node.as_table()) {
    out.content = convert_table(*table);
  } else {
    out.content = Other{};
  }
  return out;
}

}  // namespace

Result<Table> parse_toml(std::string_view text) {
  const auto parsed = toml::parse(text);
  if (!parsed) {
    const auto& error = parsed.error();
    return fail(ErrorKind::kInvalid, fmt::format("TOML decode error: line {}, column {}: {}", error.source().begin.line,
                                                 error.source().begin.column, error.description()));
  }
  return convert_table(parsed.table());
}

}  // namespace garage::config

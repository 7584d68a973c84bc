#include "env/posix/log_filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace garage::env::posix {
namespace {

using log::Level;

constexpr std::string_view kFamily = "garage_";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

struct NamedLevel {
  std::string_view name;
  std::optional<Level> level;
};
constexpr std::array kLevels{NamedLevel{"off", std::nullopt},    NamedLevel{"error", Level::kError},
                             NamedLevel{"warn", Level::kWarn},   NamedLevel{"info", Level::kInfo},
                             NamedLevel{"debug", Level::kDebug}, NamedLevel{"trace", Level::kTrace}};

const NamedLevel* find_level(std::string_view text) {
  for (const NamedLevel& entry : kLevels) {
    if (equal_ignoring_case(entry.name, text)) return &entry;
  }
  return nullptr;
}

bool is_target(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':' || c == '-';
  });
}

}  // namespace

std::optional<LogFilter::Rule> LogFilter::parse_rule(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    if (const NamedLevel* level = find_level(text)) return Rule{.prefix = "", .weight = 0, .level = level->level};
  }
  const std::string_view target = trimmed(text.substr(0, equals));
  // "garage:debug" is a slip of the pen, and no component.
  if (find_level(target.substr(target.rfind(':') + 1))) return std::nullopt;
  const NamedLevel* level =
      equals == std::string_view::npos ? find_level("trace") : find_level(trimmed(text.substr(equals + 1)));
  if (!is_target(target) || !level) return std::nullopt;
  if (kFamily.starts_with(target)) return Rule{.prefix = "", .weight = 1, .level = level->level};
  const std::string_view component = target.starts_with(kFamily) ? target.substr(kFamily.size()) : target;
  return Rule{.prefix = std::string(component), .weight = 1 + component.size(), .level = level->level};
}

LogFilter LogFilter::parse(std::string_view text, std::string_view otherwise) {
  LogFilter filter;
  filter.add_rules(text);
  if (filter.rules_.empty()) filter.add_rules(otherwise);
  return filter;
}

void LogFilter::add_rules(std::string_view text) {
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view piece = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (piece.empty()) continue;
    if (auto rule = parse_rule(piece)) {
      loudest_ = std::max(loudest_, rule->level);
      rules_.push_back(std::move(*rule));
    } else {
      rejected_.emplace_back(piece);
    }
  }
}

bool LogFilter::wants(Level level, std::string_view component) const {
  if (!loudest_ || level > *loudest_) return false;
  const Rule* best = nullptr;
  for (const Rule& rule : rules_) {
    // Of two rules for the same target the later one counts.
    if (component.starts_with(rule.prefix) && (!best || rule.weight >= best->weight)) best = &rule;
  }
  return best && best->level && level <= *best->level;
}

}  // namespace garage::env::posix

#include "config/suggest.hpp"

#include <algorithm>
#include <vector>

#include "config/table.hpp"

namespace garage::config {

size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the usual table: the swap looks two back.
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

namespace {

// How far `name` is from a known name, or from its end behind some '_' ("region" for "s3_region").
size_t name_distance(std::string_view name, std::string_view known) {
  size_t best = edit_distance(name, known);
  for (size_t pos = known.find('_'); pos != std::string_view::npos; pos = known.find('_', pos + 1)) {
    best = std::min(best, edit_distance(name, known.substr(pos + 1)) + 1);
  }
  return best;
}

}  // namespace

std::string closest_key(std::string_view key) {
  const size_t dot = key.rfind('.');
  const std::string_view section = dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? key : key.substr(dot + 1);
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const Setting& setting : settings_table()) {
    if (setting.presence == Presence::kNoEffect || setting.presence == Presence::kIgnored) continue;
    // A section's own keys come before the same distance elsewhere.
    const size_t distance = name_distance(name, setting.name()) + (section == setting.section() ? 0 : 1);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = setting.key;
  }
  return best;
}

}  // namespace garage::config

#include "telemetry/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "telemetry/exposition.hpp"

namespace garage::telemetry {
namespace {

template <class Metric>
Metric& series(std::map<Labels, std::unique_ptr<Metric>>& of, Labels labels) {
  std::ranges::sort(labels);
  auto found = of.find(labels);
  if (found == of.end() && of.size() >= Registry::kSeriesMax) {
    for (auto& [name, value] : labels) value = "other";
    found = of.find(labels);
  }
  if (found == of.end()) found = of.emplace(std::move(labels), std::make_unique<Metric>()).first;
  return *found->second;
}

}  // namespace

Registry::Family& Registry::family(std::string_view name, Kind kind, std::string_view help) {
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(std::string(name), Family{}).first;
    found->second.kind = kind;
    found->second.help = help;
  }
  ASSERT(found->second.kind == kind, "a metric has one kind");
  return found->second;
}

Counter& Registry::counter(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(mutex_);
  return series(family(name, Kind::kCounter, help).counters, std::move(labels));
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(mutex_);
  return series(family(name, Kind::kHistogram, help).histograms, std::move(labels));
}

void Registry::observe(std::string_view name, Kind kind, std::string_view help, std::function<void(Observer&)> look) {
  ASSERT(kind != Kind::kHistogram, "histograms are recorded");
  std::lock_guard lock(mutex_);
  family(name, kind, help).observers.push_back(std::move(look));
}

void Registry::forget_observers() {
  std::lock_guard lock(mutex_);
  for (auto& [name, family] : families_) family.observers.clear();
}

void Registry::render_family(std::string& out, std::string_view name, const Family& family) {
  std::map<Labels, double> values;
  for (const auto& [labels, counter] : family.counters) values[labels] += static_cast<double>(counter->value());
  Observer seen;
  for (const auto& look : family.observers) look(seen);
  for (auto& [labels, value] : seen.samples_) {
    std::ranges::sort(labels);
    if (values.size() < kSeriesMax || values.contains(labels)) values[labels] += value;
  }
  if (values.empty() && family.histograms.empty()) return;
  append_head(out, name, family.kind, family.help);
  for (const auto& [labels, value] : values) append_sample(out, name, labels, value);
  for (const auto& [labels, histogram] : family.histograms) append_histogram(out, name, labels, histogram->values());
}

std::string Registry::render() const {
  // Families stay where they are once made. One at a time is held, so that who asks for a metric while others look at
  // all of them waits for one.
  std::vector<std::pair<std::string_view, const Family*>> families;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, family] : families_) families.emplace_back(name, &family);
  }
  std::string out;
  for (const auto& [name, family] : families) {
    std::lock_guard lock(mutex_);
    render_family(out, name, *family);
  }
  return out;
}

}  // namespace garage::telemetry

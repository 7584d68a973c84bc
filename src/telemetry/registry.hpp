// All metrics of a node, by name and labels, and their text for Prometheus.
//
//   Counter& puts = registry.counter("table_put_request_counter", "Number of ...", {{"table_name", "object"}});
//   puts.add();                              on the hot path: no lookup, no lock
//   registry.observe("block_rc_size", Kind::kGauge, "Number of ...", [&](Observer& out) { out.set({}, count()); });
//
// Ownership: the node; it outlives whoever holds a reference to a metric. What an observer reads must live until
// forget_observers(). Threads: any; observers run in render(), on the caller's thread.
// Bounds: a name has at most kSeriesMax sets of labels. What comes after that is counted together under "other".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/counter.hpp"
#include "telemetry/histogram.hpp"

namespace garage::telemetry {

using Labels = std::vector<std::pair<std::string, std::string>>;

enum class Kind : unsigned char { kCounter, kGauge, kHistogram };

// Takes what an observer sees.
class Observer {
 public:
  void set(Labels labels, double value) { samples_.emplace_back(std::move(labels), value); }

 private:
  friend class Registry;
  std::vector<std::pair<Labels, double>> samples_;
};

class Registry {
 public:
  static constexpr size_t kSeriesMax = 2000;

  // The same name and labels give the same object. A name keeps the kind and the help it got first.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});
  // A value that is kept elsewhere and looked at when somebody asks. Several observers may add to one name.
  void observe(std::string_view name, Kind kind, std::string_view help, std::function<void(Observer&)> look);
  // Before what they look at goes away.
  void forget_observers();

  // The exposition format 0.0.4: sorted by name and labels. A name without a value is left out.
  std::string render() const;

 private:
  struct Family {
    Kind kind = Kind::kCounter;
    std::string help;
    std::map<Labels, std::unique_ptr<Counter>> counters;
    std::map<Labels, std::unique_ptr<Histogram>> histograms;
    std::vector<std::function<void(Observer&)>> observers;
  };
  Family& family(std::string_view name, Kind kind, std::string_view help);
  static void render_family(std::string& out, std::string_view name, const Family& family);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;  // guarded by mutex_
};

}  // namespace garage::telemetry

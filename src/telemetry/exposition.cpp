#include "telemetry/exposition.hpp"

#include <fmt/format.h>

#include <cmath>

namespace garage::telemetry {
namespace {

constexpr double kExactIntegersMax = 9007199254740992.0;  // 2^53

void append_escaped(std::string& out, std::string_view text, bool quotes_too) {
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (c == '"' && quotes_too)) {
      out.append(1, '\\').append(1, c);
    } else {
      out += c;
    }
  }
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == std::trunc(value) && std::abs(value) < kExactIntegersMax) {
    return fmt::format("{}", static_cast<int64_t>(value));
  }
  return fmt::format("{}", value);
}

// The bound of a bucket goes last, as it is written by hand.
void append_labels(std::string& out, const Labels& labels, std::string_view bound) {
  if (labels.empty() && bound.empty()) return;
  char before = '{';
  for (const auto& [name, value] : labels) {
    out.append(1, before).append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
    before = ',';
  }
  if (!bound.empty()) out.append(1, before).append("le=\"").append(bound).append("\"");
  out += '}';
}

void append_line(std::string& out, std::string_view name, std::string_view suffix, const Labels& labels,
                 std::string_view bound, const std::string& value) {
  out.append(name).append(suffix);
  append_labels(out, labels, bound);
  out.append(1, ' ').append(value).append(1, '\n');
}

}  // namespace

void append_head(std::string& out, std::string_view name, Kind kind, std::string_view help) {
  out.append("# HELP ").append(name).append(1, ' ');
  append_escaped(out, help, false);
  const std::string_view type = kind == Kind::kCounter ? "counter" : kind == Kind::kGauge ? "gauge" : "histogram";
  out.append("\n# TYPE ").append(name).append(1, ' ').append(type).append(1, '\n');
}

void append_sample(std::string& out, std::string_view name, const Labels& labels, double value) {
  append_line(out, name, "", labels, "", number(value));
}

void append_histogram(std::string& out, std::string_view name, const Labels& labels, const Histogram::Values& values) {
  uint64_t count = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    count += values.counts[i];
    const std::string bound = i < kBoundsMicros.size() ? number(static_cast<double>(kBoundsMicros[i]) / 1e6) : "+Inf";
    append_line(out, name, "_bucket", labels, bound, fmt::format("{}", count));
  }
  append_line(out, name, "_sum", labels, "", number(values.sum_secs));
  append_line(out, name, "_count", labels, "", fmt::format("{}", count));
}

}  // namespace garage::telemetry

// The text format that Prometheus reads, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats
#pragma once

#include <string>
#include <string_view>

#include "telemetry/registry.hpp"

namespace garage::telemetry {

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

void append_head(std::string& out, std::string_view name, Kind kind, std::string_view help);
void append_sample(std::string& out, std::string_view name, const Labels& labels, double value);
void append_histogram(std::string& out, std::string_view name, const Labels& labels, const Histogram::Values& values);

}  // namespace garage::telemetry

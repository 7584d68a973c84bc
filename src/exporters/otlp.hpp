// Spans as the OpenTelemetry protocol sends them: an ExportTraceServiceRequest of
// opentelemetry/proto/collector/trace/v1/trace_service.proto
// (https://github.com/open-telemetry/opentelemetry-proto, 1.x).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/tracer.hpp"

namespace garage::exporters {

// Whose spans they are: "service.name" and the like.
using Resource = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kExportPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

std::string encode_export_request(const Resource& resource, const std::vector<telemetry::FinishedSpan>& spans);

}  // namespace garage::exporters

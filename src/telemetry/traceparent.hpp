// The traceparent header of W3C Trace Context (https://www.w3.org/TR/trace-context/), with which a trace goes on at
// whoever is asked. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "telemetry/span.hpp"

namespace garage::telemetry {

// Nothing where it is not valid: then a trace of its own begins.
std::optional<RemoteParent> parse_traceparent(std::string_view text);
// Of the current span; empty where nothing is recorded.
std::string current_traceparent();
// The trace that runs here in hex digits, for log lines; empty where nothing is recorded.
std::string current_trace_id();

}  // namespace garage::telemetry

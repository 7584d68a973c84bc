// What a module needs to tell of itself. Borrowed from the node.
#pragma once

#include "telemetry/registry.hpp"
#include "telemetry/tracer.hpp"

namespace garage::telemetry {

struct Instruments {
  Registry& registry;
  Tracer* tracer = nullptr;  // null: no traces are recorded
};

}  // namespace garage::telemetry

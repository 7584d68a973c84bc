// ASSERT(condition, "why it must hold"): always compiled in; prints the place and stops the process.
// For what must not happen. Bytes from disk or wire are never a bug: return an Error instead.
#pragma once

namespace garage {
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file, int line);
}

#define ASSERT(condition, why) \
  (static_cast<bool>(condition) ? void(0) : ::garage::assertion_failed(#condition, why, __FILE__, __LINE__))

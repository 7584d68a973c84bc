#include "base/log.hpp"

#include <atomic>
#include <cstdio>

namespace garage::log {
namespace {

std::atomic<Sink*> installed{nullptr};

}  // namespace

void install_sink(Sink* sink) {
  installed.store(sink, std::memory_order_release);
}

bool wants(Level level, std::string_view component) {
  Sink* sink = installed.load(std::memory_order_acquire);
  return sink ? sink->wants(level, component) : level <= Level::kWarn;
}

void write(Level level, std::string_view component, std::string_view message) {
  if (Sink* sink = installed.load(std::memory_order_acquire)) return sink->write(level, component, message);
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(component.size()), component.data(),
               static_cast<int>(message.size()), message.data());
}

}  // namespace garage::log

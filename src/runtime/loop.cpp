#include "runtime/loop.hpp"

namespace garage::runtime {
namespace {

thread_local Loop* current_loop = nullptr;

}  // namespace

Loop* Loop::current() {
  return current_loop;
}

Loop::Scope::Scope(Loop* loop) : previous_(current_loop) {
  current_loop = loop;
}
Loop::Scope::~Scope() {
  current_loop = previous_;
}

}  // namespace garage::runtime

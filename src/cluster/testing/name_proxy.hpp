// A simulated proxy that looks at the name which a dialler of TLS sends, and passes its bytes on by that. Test code.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "env/env.hpp"
#include "runtime/task_group.hpp"

namespace garage::cluster::testing {

class NameProxy {
 public:
  // Names, and the "ip:port" behind each.
  NameProxy(env::Env env, std::map<std::string, std::string> routes) : env_(env), routes_(std::move(routes)) {}

  void listen(const std::string& address) {
    listener_ = *env_.network.listen({address}, {});
    tasks_.spawn(accept());
  }

 private:
  using Stream = std::shared_ptr<env::Stream>;

  Task<void> accept() {
    for (;;) {
      auto near = co_await listener_->accept();
      if (!near) co_return;
      tasks_.spawn(route(Stream(std::move(*near))));
    }
  }

  // A ClientHello is not encrypted, and tells the name as it is.
  Task<void> route(Stream near) {
    std::array<char, 4096> buffer;
    std::string hello;
    const std::string* target = nullptr;
    while (target == nullptr) {
      const auto got = co_await near->read_some(buffer, MonotonicTime::never());
      if (!got || *got == 0 || hello.size() > buffer.size()) co_return;
      hello.append(buffer.data(), *got);
      for (const auto& [name, address] : routes_) {
        if (hello.find(name) != std::string::npos) target = &address;
      }
    }
    auto connected = co_await env_.network.connect({*target}, MonotonicTime::never());
    if (!connected) co_return;
    const Stream far(std::move(*connected));
    const std::array<std::string_view, 1> pieces{hello};
    const auto sent = co_await far->write_all(pieces, MonotonicTime::never());
    if (!sent) co_return;
    tasks_.spawn(pass_on(near, far));
    tasks_.spawn(pass_on(far, near));
  }

  static Task<void> pass_on(Stream from, Stream to) {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto got = co_await from->read_some(buffer, MonotonicTime::never());
      if (!got || *got == 0) break;
      const std::array<std::string_view, 1> pieces{std::string_view(buffer.data(), *got)};
      const auto sent = co_await to->write_all(pieces, MonotonicTime::never());
      if (!sent) break;
    }
    from->close();
    to->close();
  }

  env::Env env_;
  std::map<std::string, std::string> routes_;
  std::unique_ptr<env::Listener> listener_;
  runtime::TaskGroup tasks_;
};

}  // namespace garage::cluster::testing

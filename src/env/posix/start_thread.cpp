#include "env/posix/start_thread.hpp"

#include <pthread.h>

#include <system_error>

namespace garage::env::posix {

Result<std::thread> start_thread(std::string name, std::move_only_function<void()> body) {
  constexpr size_t kNameMax = 15;  // the kernel's
  try {
    std::thread thread(std::move(body));
    ::pthread_setname_np(thread.native_handle(), name.substr(0, kNameMax).c_str());
    return thread;
  } catch (const std::system_error& e) {
    return fail(ErrorKind::kIo, "cannot start thread " + name + ": " + e.what());
  }
}

}  // namespace garage::env::posix

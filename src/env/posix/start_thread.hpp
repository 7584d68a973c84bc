// A named thread, or the reason why there is none.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/result.hpp"

namespace garage::env::posix {

Result<std::thread> start_thread(std::string name, std::move_only_function<void()> body);

}  // namespace garage::env::posix

// What `garage server` may be told to set up at its start.
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"

namespace garage::daemon {

struct StartFlags {
  bool single_node = false;
  bool default_access_key = false;
  bool default_bucket = false;  // implies the key
  // GARAGE_DEFAULT_ACCESS_KEY, GARAGE_DEFAULT_SECRET_KEY, GARAGE_DEFAULT_BUCKET
  std::optional<std::string> access_key_id;
  std::optional<Secret> secret_key;
  std::optional<std::string> bucket;
};

}  // namespace garage::daemon

// Internal to api: makes signed principals. Only the code that has just verified a signature includes this.
#pragma once

#include <utility>

#include "api/principal.hpp"

namespace garage::api {

class PrincipalMint {
 public:
  static Principal signed_by(std::shared_ptr<const KeyRecord> key) { return Principal(std::move(key)); }
};

}  // namespace garage::api

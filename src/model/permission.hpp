// What a key may do with a bucket: three independent rights.
#pragma once

namespace garage::model {

struct Permission {
  bool read = false;
  bool write = false;
  bool owner = false;
  bool any() const { return read || write || owner; }
  friend bool operator==(const Permission&, const Permission&) = default;
};

}  // namespace garage::model

#include "config/value.hpp"

namespace garage::config {

std::string_view Value::kind_name() const {
  switch (content.index()) {
    case 0:
      return "a boolean";
    case 1:
      return "a whole number";
    case 2:
      return "a number with a fraction";
    case 3:
      return "a string";
    case 4:
      return "an array";
    case 5:
      return "a table";
    default:
      return "a date or time";
  }
}

}  // namespace garage::config

// For headers that only pass these along.
#pragma once

namespace garage::model {

class Settings;

}  // namespace garage::model

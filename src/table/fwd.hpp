// For headers that only pass these along.
#pragma once

namespace garage::table {

class DigestKeeper;

}  // namespace garage::table

#include "cli/commands.hpp"

namespace garage::cli {

Result<void> run_convert_db(Session&) {
  return fail(ErrorKind::kUnsupported,
              "there is one engine for metadata here, so there is nothing to convert; from Garage, copy the objects "
              "over S3 (rclone sync)");
}

}  // namespace garage::cli

#include "cli/commands.hpp"
#include "config/load.hpp"

namespace garage::cli {

Result<void> run_config_example(Session& session) {
  session.out += config::example_document();
  return {};
}

}  // namespace garage::cli

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/completions/scripts.hpp"

namespace garage::cli {

Result<void> run_completions(Session& session) {
  const std::string shell = session.arguments.text("shell");
  const auto* const found = std::ranges::find(kShells, shell, &ShellCompletions::shell);
  if (found == kShells.end()) {
    std::string known;
    for (const ShellCompletions& one : kShells) known.append(known.empty() ? "" : ", ").append(one.shell);
    return fail(ErrorKind::kInvalid, fmt::format("there are no completions for '{}', but for {}", shell, known));
  }
  session.out += found->script();
  return {};
}

}  // namespace garage::cli

// Completion scripts, one for each shell that garage knows: to be sourced by it.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace garage::cli {

std::string bash_completions();
std::string elvish_completions();
std::string fish_completions();
std::string powershell_completions();
std::string zsh_completions();

struct ShellCompletions {
  std::string_view shell;
  std::string (*script)();
};
inline constexpr std::array<ShellCompletions, 5> kShells = {{
    {"bash", bash_completions},
    {"elvish", elvish_completions},
    {"fish", fish_completions},
    {"powershell", powershell_completions},
    {"zsh", zsh_completions},
}};

}  // namespace garage::cli

#include <fmt/format.h>

#include "config/load.hpp"
#include "config/table.hpp"

namespace garage::config {
namespace {

void append_setting(std::string& out, const Setting& setting) {
  out += fmt::format("# {}\n# Type: {}.", setting.help, setting.type);
  if (!setting.fallback.empty()) out += fmt::format(" Default: {}.", setting.fallback);
  const bool needed = setting.presence == Presence::kRequired;
  if (needed) out += " Required.";
  if (setting.presence == Presence::kRequiredInSection) out += " Required in this section.";
  out += fmt::format("\n{}{} = {}\n\n", needed ? "" : "# ", setting.name(), setting.example);
}

}  // namespace

std::string example_document() {
  std::string out = "# Every key of the configuration file. Those behind a # are optional.\n\n";
  std::string_view section;
  for (const Setting& setting : settings_table()) {
    if (setting.presence == Presence::kNoEffect || setting.presence == Presence::kIgnored) continue;
    if (setting.section() != section) {
      section = setting.section();
      // Only [s3_api] must be there.
      out += fmt::format("{}[{}]\n", section == "s3_api" ? "" : "# ", section);
    }
    append_setting(out, setting);
  }
  out.pop_back();
  return out;
}

}  // namespace garage::config

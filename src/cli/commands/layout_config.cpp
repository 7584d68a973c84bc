#include <fmt/format.h>

#include <charconv>

#include "cli/commands.hpp"
#include "cli/commands/layout_text.hpp"

namespace garage::cli {
namespace {

Result<Json> read_redundancy(const std::string& text) {
  if (text == "none" || text == "max" || text == "maximum") return Json("maximum");
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorKind::kInvalid, fmt::format("invalid zone redundancy '{}': none, max, or a number", text));
  }
  return Json::object({{"atLeast", number}});
}

}  // namespace

Result<void> run_layout_config(Session& session) {
  const auto text = session.arguments.find("redundancy");
  if (!text) return fail(ErrorKind::kInvalid, "Please specify a parameter to change, such as -r");
  TRY(Json redundancy, read_redundancy(*text));
  const Json parameters = Json::object({{"zoneRedundancy", std::move(redundancy)}});
  TRY([[maybe_unused]] const Json updated,
      session.ask("UpdateClusterLayout", Json::object({{"parameters", parameters}})));
  session.say("The zone redundancy parameter has been set to " + redundancy_text(parameters) + ".");
  say_reminder(session);
  return {};
}

}  // namespace garage::cli

// layout assign, layout remove
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/commands/layout_text.hpp"
#include "codec/byte_size.hpp"

namespace garage::cli {
namespace {

constexpr uint64_t kCapacityBytesMin = 1024;

// The role a node has after what is staged; null where it has none or leaves.
const Json* role_of(const Json& layout, const std::string& id) {
  for (const Json& change : items_of(layout, "stagedRoleChanges")) {
    if (text_of(change, "id") == id) return flag_of(change, "remove") ? nullptr : &change;
  }
  for (const Json& role : items_of(layout, "roles")) {
    if (text_of(role, "id") == id) return &role;
  }
  return nullptr;
}

std::vector<std::string> split_tags(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (std::string_view text : given) {
    while (true) {
      const size_t comma = text.find(',');
      if (const auto tag = text.substr(0, comma); !tag.empty()) out.emplace_back(tag);
      if (comma == std::string_view::npos) break;
      text.remove_prefix(comma + 1);
    }
  }
  return out;
}

bool names(const Json::Array& changes, const std::string& id) {
  return std::ranges::any_of(changes, [&id](const Json& change) { return text_of(change, "id") == id; });
}

Json tags_json(const std::vector<std::string>& tags) {
  Json out = Json::array();
  for (const auto& tag : tags) out.push_back(tag);
  return out;
}

Result<Json> capacity_for(const Arguments& arguments, const Json* role, const std::string& id) {
  if (arguments.has("gateway")) return Json();
  if (const auto text = arguments.find("capacity")) {
    // A bare number is more often a forgotten unit than a number of bytes.
    const bool is_bare = !text->empty() && std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; });
    if (is_bare) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("The capacity '{}' has no unit: write one behind it, as in `-c 100G`", *text));
    }
    auto bytes = codec::parse_byte_size(*text);
    if (!bytes) return std::unexpected(bytes.error().within("invalid capacity value"));
    if (*bytes < kCapacityBytesMin) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("Capacity must be at least {} bytes, and '{}' is less", kCapacityBytesMin, *text));
    }
    return Json(*bytes);
  }
  if (role) return member(*role, "capacity");
  return fail(ErrorKind::kInvalid,
              fmt::format("Please specify a capacity with the -c flag, or set node {} explicitly as a gateway with -g",
                          id.substr(0, 16)));
}

Result<Json> change_for(const Arguments& arguments, const Json& layout, const std::string& id) {
  const Json* role = role_of(layout, id);
  const std::string zone = arguments.has("zone") ? arguments.text("zone") : role ? text_of(*role, "zone") : "";
  if (zone.empty())
    return fail(ErrorKind::kInvalid,
                fmt::format("Please specify a zone with the -z flag for node {}", id.substr(0, 16)));
  TRY(Json capacity, capacity_for(arguments, role, id));
  const bool new_tags = arguments.has("tag");
  const auto tags = new_tags ? split_tags(arguments.all("tag"))
                    : role   ? texts_of(*role, "tags")
                             : std::vector<std::string>();
  return Json::object({{"id", id}, {"zone", zone}, {"capacity", std::move(capacity)}, {"tags", tags_json(tags)}});
}

}  // namespace

Result<void> run_layout_assign(Session& session) {
  const Arguments& arguments = session.arguments;
  if (arguments.has("capacity") && arguments.has("gateway")) {
    return fail(ErrorKind::kInvalid, "-c and -g are mutually exclusive: a gateway has no capacity");
  }
  TRY(const Json layout, session.ask("GetClusterLayout"));
  Json changes = Json::array();
  for (const std::string& replaced : arguments.all("replace")) {
    TRY(const std::string id, find_node(session, replaced));
    changes.push_back(Json::object({{"id", id}, {"remove", true}}));
  }
  const Json::Array leaving = items_of(changes);
  for (const std::string& prefix : arguments.all("node")) {
    TRY(const std::string id, find_node(session, prefix));
    if (names(leaving, id))
      return fail(ErrorKind::kInvalid, fmt::format("Node {} cannot take its own place", id.substr(0, 16)));
    TRY(Json change, change_for(arguments, layout, id));
    changes.push_back(std::move(change));
  }
  TRY([[maybe_unused]] const Json updated,
      session.ask("UpdateClusterLayout", Json::object({{"roles", std::move(changes)}})));
  say_reminder(session);
  return {};
}

Result<void> run_layout_remove(Session& session) {
  TRY(const std::string id, find_node(session, session.arguments.text("node")));
  TRY(const Json layout, session.ask("GetClusterLayout"));
  const bool known = names(items_of(layout, "roles"), id) || names(items_of(layout, "stagedRoleChanges"), id);
  Json roles = Json::array({Json::object({{"id", id}, {"remove", true}})});
  TRY([[maybe_unused]] const Json updated,
      session.ask("UpdateClusterLayout", Json::object({{"roles", std::move(roles)}})));
  if (known) {
    say_reminder(session);
  } else {
    session.say(fmt::format("Node {} has no role: there is nothing to remove.", id.substr(0, 16)));
  }
  return {};
}

}  // namespace garage::cli

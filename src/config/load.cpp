#include "config/load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/legacy.hpp"
#include "config/suggest.hpp"
#include "config/table.hpp"
#include "config/validate.hpp"
#include "config/value.hpp"
#include "env/small_file.hpp"

namespace garage::config {
namespace {

constexpr uint64_t kFileBytesMax = 1u << 20;

const Setting* find_setting(std::string_view key) {
  const auto& table = settings_table();
  const auto it = std::ranges::find(table, key, &Setting::key);
  return it == table.end() ? nullptr : &*it;
}

bool has(const Table& table, std::string_view name) {
  return std::ranges::find(table, name, &Member::name) != table.end();
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(settings_table(), [name](const Setting& setting) { return setting.section() == name; });
}

std::string unknown_key(std::string_view key, uint32_t line) {
  const std::string near = closest_key(key);
  return fmt::format("line {}: unknown key `{}` is ignored{}", line, key,
                     near.empty() ? "" : fmt::format("; did you mean `{}`?", near));
}

std::string unknown_section(std::string_view name, uint32_t line) {
  std::string near;
  size_t best = std::max<size_t>(2, name.size() / 3) + 1;
  for (const Setting& setting : settings_table()) {
    if (setting.section().empty()) continue;
    const size_t distance = edit_distance(name, setting.section());
    if (distance < best) best = distance, near = setting.section();
  }
  return fmt::format("line {}: unknown section [{}] is ignored{}", line, name,
                     near.empty() ? "" : fmt::format("; did you mean [{}]?", near));
}

Result<void> read_member(const std::string& key, const Value& value, Loaded& out) {
  const Setting* setting = find_setting(key);
  if (!setting) {
    if (!is_legacy_key(key)) out.warnings.push_back(unknown_key(key, value.line));
    return {};
  }
  if (setting->presence == Presence::kNoEffect) {
    out.warnings.push_back(fmt::format("line {}: `{}` has no effect: {}", value.line, key, setting->help));
    return {};
  }
  if (!setting->read) return {};
  if (auto read = setting->read(out.settings, value); !read) {
    return std::unexpected(read.error().within(fmt::format("line {}: `{}`", value.line, key)));
  }
  return {};
}

void mark_section(std::string_view name, Settings& settings) {
  if (name == "k2v_api") settings.k2v_api.present = true;
  if (name == "s3_web") settings.s3_web.present = true;
  if (name == "consul_discovery") settings.consul.present = true;
  if (name == "kubernetes_discovery") settings.kubernetes.present = true;
}

Result<void> read_section(const std::string& name, const Value& value, Loaded& out) {
  const Table* members = value.as_table();
  if (!members) {
    return fail(ErrorKind::kInvalid, fmt::format("line {}: `{}`: expected a section [{}], found {}", value.line, name,
                                                 name, value.kind_name()));
  }
  mark_section(name, out.settings);
  for (const Member& member : *members) CHECK_OK(read_member(name + "." + member.name, member.value, out));
  return {};
}

bool has_key(const Table& document, const Setting& setting) {
  if (setting.section().empty()) return has(document, setting.name());
  const auto section = std::ranges::find(document, setting.section(), &Member::name);
  return section != document.end() && section->value.as_table() && has(*section->value.as_table(), setting.name());
}

Result<void> check_presence(const Table& document, const Settings& settings) {
  for (const Setting& setting : settings_table()) {
    const bool needed = setting.presence == Presence::kRequired ||
                        (setting.presence == Presence::kRequiredInSection && has(document, setting.section()));
    if (!needed || has_key(document, setting)) continue;
    if (setting.key == "replication_factor" && settings.replication_factor != 0) continue;  // from an older key
    return fail(ErrorKind::kInvalid,
                fmt::format("`{}` is missing: {} For example{}: {} = {}", setting.key, setting.help,
                            setting.section().empty() ? "" : fmt::format(" in section [{}]", setting.section()),
                            setting.name(), setting.example));
  }
  return {};
}

}  // namespace

Result<Loaded> parse_settings(std::string_view document) {
  TRY(const Table root, parse_toml(document));
  Loaded out;
  for (const Member& member : root) {
    if (is_section(member.name)) {
      CHECK_OK(read_section(member.name, member.value, out));
    } else if (member.value.as_table()) {
      out.warnings.push_back(unknown_section(member.name, member.value.line));
    } else {
      CHECK_OK(read_member(member.name, member.value, out));
    }
  }
  CHECK_OK(apply_legacy_keys(root, out.settings, out.warnings));
  CHECK_OK(check_presence(root, out.settings));
  CHECK_OK(validate(out.settings, out.warnings));
  return out;
}

Result<Loaded> load_settings(env::Disk& disk, std::string path) {
  const auto context = fmt::format("Failed to read config file {}", path);
  auto text = env::read_file(disk, path, kFileBytesMax);
  if (!text) return std::unexpected(text.error().within(context));
  auto loaded = parse_settings(*text);
  if (!loaded) return std::unexpected(loaded.error().within(context));
  return loaded;
}

}  // namespace garage::config

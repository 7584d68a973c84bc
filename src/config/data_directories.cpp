// data_dir: one path, or a list of directories with their weights.
#include <fmt/format.h>

#include "codec/byte_size.hpp"
#include "config/readers.hpp"

namespace garage::config {
namespace {

std::unexpected<Error> invalid(std::string_view why) {
  return fail(ErrorKind::kInvalid, fmt::format("invalid data_dir config: {}", why));
}

Result<DataDirectory> read_entry(const Value& value) {
  const Table* members = value.as_table();
  if (!members)
    return expected("a path, or an array of tables such as { path = \"/srv/hdd1\", capacity = \"2T\" }", value);
  DataDirectory out;
  bool has_capacity = false;
  for (const Member& member : *members) {
    if (member.name == "path") {
      TRY(out.path, read_path(member.value));
    } else if (member.name == "capacity") {
      TRY(out.capacity_bytes, read_size(member.value, 0, UINT64_MAX));
      has_capacity = true;
    } else if (member.name == "read_only") {
      TRY(out.read_only, read_bool(member.value));
    } else {
      return invalid(fmt::format("unknown key `{}`: an entry has path, capacity and read_only", member.name));
    }
  }
  if (out.path.empty()) return invalid("an entry has no path");
  if (out.read_only && has_capacity) return invalid(fmt::format("{}: a read-only directory has no capacity", out.path));
  if (!out.read_only && !has_capacity) return invalid(fmt::format("{}: set capacity, or read_only = true", out.path));
  if (!out.read_only && out.capacity_bytes == 0)
    return invalid(fmt::format("{}: the capacity must be more than 0", out.path));
  return out;
}

}  // namespace

Result<std::vector<DataDirectory>> read_data_directories(const Value& value) {
  if (value.as_text()) {
    TRY(std::string path, read_path(value));
    return std::vector<DataDirectory>{{.path = std::move(path)}};
  }
  const Array* entries = value.as_array();
  if (!entries) return expected("a path, or an array of tables", value);
  std::vector<DataDirectory> out;
  bool any_writable = false;
  for (const Value& entry : *entries) {
    TRY(DataDirectory directory, read_entry(entry));
    for (const DataDirectory& other : out) {
      if (other.path == directory.path) return invalid(fmt::format("{} is listed twice", directory.path));
    }
    any_writable = any_writable || !directory.read_only;
    out.push_back(std::move(directory));
  }
  if (!any_writable) return invalid("at least one directory must be writable");
  return out;
}

}  // namespace garage::config

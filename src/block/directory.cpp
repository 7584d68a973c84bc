#include "block/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/log.hpp"
#include "block/directory_row.hpp"
#include "env/small_file.hpp"

namespace garage::block {
namespace {

using Rows = std::map<uint16_t, DirectoryRow>;
constexpr std::string_view kSuffix = ".vol";

std::string marker_path(const std::string& directory) {
  return directory + "/garage-marker";
}

Result<std::optional<MarkerId>> read_marker(env::Disk& disk, const std::string& directory) {
  auto content = env::read_file(disk, marker_path(directory), 4096);
  if (!content && content.error().kind == ErrorKind::kNotFound) return std::nullopt;
  if (!content) return std::unexpected(content.error().within(marker_path(directory)));
  std::string_view text = *content;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  auto id = MarkerId::from_hex(text);
  if (!id) {
    return fail(ErrorKind::kCorrupt,
                fmt::format("data directory {}: garage-marker does not hold 64 hexadecimal digits. Restore the "
                            "file, or remove it if the directory is new",
                            directory));
  }
  return id;
}

const Rows::value_type* row_for(const Rows& rows, const std::string& path, const std::optional<MarkerId>& marker,
                                const std::vector<DataDirectory>& configured) {
  for (const auto& row : rows) {
    if (row.second.path == path) return &row;
  }
  for (const auto& row : rows) {
    const bool path_in_use =
        std::ranges::any_of(configured, [&](const auto& other) { return other.path == row.second.path; });
    if (marker && row.second.marker == *marker && !path_in_use) return &row;
  }
  return nullptr;
}

Result<void> check_marker(const std::string& path, const DirectoryRow& row, const std::optional<MarkerId>& marker) {
  if (row.marker.is_zero() || marker == row.marker) return {};
  if (!marker) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format(
            "data directory {}: the file garage-marker, which this node knows, is missing. Is the disk not mounted? If "
            "the disk was replaced by an empty one on purpose, write {} into {}",
            path, row.marker.hex(), marker_path(path)));
  }
  return fail(
      ErrorKind::kInvalid,
      fmt::format(
          "data directory {}: garage-marker says {}, but this node knows the directory as {}. Is another disk mounted "
          "here? If this is on purpose, write {} into {}",
          path, marker->hex(), row.marker.hex(), row.marker.hex(), marker_path(path)));
}

Result<std::vector<FoundVolume>> list_volumes(env::Disk& disk, const Directory& directory) {
  auto names = disk.list(directory.volumes_path());
  if (!names && names.error().kind == ErrorKind::kNotFound) return std::vector<FoundVolume>{};
  if (!names) return std::unexpected(names.error());
  std::vector<FoundVolume> found;
  for (const std::string& name : *names) {
    if (name.size() != 8 + kSuffix.size() || !name.ends_with(kSuffix)) continue;
    uint32_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + 8, id, 16);
    if (error != std::errc() || end != name.data() + 8 ||
        directory.volume_path(id) != directory.volumes_path() + "/" + name)
      continue;
    TRY(const env::FileStatus status, disk.status(directory.volume_path(id)));
    found.push_back({.directory = directory.number,
                     .id = id,
                     .path = directory.volume_path(id),
                     .size = status.size,
                     .read_only = directory.read_only,
                     .frozen = false});
  }
  return found;
}

Result<Directory> prepare_directory(env::Disk& disk, runtime::Random& random, const DataDirectory& wanted,
                                    const std::vector<DataDirectory>& configured, const Rows& rows,
                                    uint16_t next_number, bool index_lost) {
  TRY(auto marker, read_marker(disk, wanted.path));
  const auto* row = row_for(rows, wanted.path, marker, configured);
  if (row != nullptr) CHECK_OK(check_marker(wanted.path, row->second, marker));

  Directory out{.number = row != nullptr ? row->first : next_number,
                .path = wanted.path,
                .weight = wanted.capacity_bytes,
                .read_only = wanted.read_only,
                .marker = marker.value_or(MarkerId{}),
                .frozen_below = row != nullptr ? row->second.frozen_below : 0,
                .missing = row != nullptr ? row->second.missing : std::vector<uint32_t>()};
  if (!wanted.read_only) {
    CHECK_OK(disk.make_directories(out.volumes_path()));
    // Two processes over the same volumes would overwrite each other's records.
    auto lock = disk.try_lock(out.volumes_path() + "/lock");
    if (!lock && lock.error().kind == ErrorKind::kExists) {
      return fail(
          ErrorKind::kExists,
          fmt::format("data directory {}: in use by another process. Give each node its own data_dir", out.path));
    }
    if (!lock) return std::unexpected(lock.error());
    out.lock = std::move(*lock);
    if (!marker) {
      out.marker = random.id<MarkerId>();
      CHECK_OK(env::replace_file(disk, marker_path(out.path), out.marker.hex(), 0644));
    }
  }
  TRY(out.volumes, list_volumes(disk, out));

  const bool unknown = row == nullptr || (row->second.marker.is_zero() && marker);
  const bool adopted = unknown && !out.volumes.empty();
  if (adopted) {
    LOG_WARN("block",
             "data directory {} holds volumes that the metadata do not know. They stay untouched until the block index "
             "has been rebuilt",
             out.path);
  }
  if ((adopted || index_lost) && !out.volumes.empty()) out.frozen_below = out.volumes.back().id + 1;
  for (auto& volume : out.volumes) volume.frozen = volume.id < out.frozen_below;
  out.recorded = row != nullptr && row->second.path == out.path && row->second.marker == out.marker &&
                 row->second.frozen_below == out.frozen_below;
  return out;
}

class RecordDirectories : public kv::Change {
 public:
  explicit RecordDirectories(std::vector<kv::Batch::Entry> rows) : rows_(std::move(rows)) {}
  void reads(std::vector<kv::Key>&) const override {}
  Result<void> apply(kv::View&, kv::Batch& batch) override {
    for (const auto& row : rows_) batch.put(row.family, row.key, *row.value);
    return {};
  }

 private:
  std::vector<kv::Batch::Entry> rows_;
};

Result<void> check_configuration(const std::vector<DataDirectory>& configured) {
  size_t writable = 0;
  for (const auto& directory : configured) {
    if (!directory.read_only) ++writable;
  }
  if (writable == 0) return fail(ErrorKind::kInvalid, "invalid data_dir config: no writable directory");
  for (const auto& directory : configured) {
    if (writable > 1 && !directory.read_only && directory.capacity_bytes == 0) {
      return fail(ErrorKind::kInvalid, fmt::format("invalid data_dir config: {} has no capacity", directory.path));
    }
  }
  return {};
}

}  // namespace

std::string Directory::volume_path(uint32_t id) const {
  return fmt::format("{}/{:08x}{}", volumes_path(), id, kSuffix);
}

Result<std::vector<Directory>> prepare_directories(env::Disk& disk, kv::Store& store, runtime::Random& random,
                                                   const std::vector<DataDirectory>& configured, bool index_lost) {
  CHECK_OK(check_configuration(configured));
  TRY(const Rows rows, load_directory_rows(store));
  uint32_t next_number = rows.empty() ? 0 : rows.rbegin()->first + 1u;
  std::vector<Directory> out;
  for (const auto& wanted : configured) {
    if (next_number > UINT16_MAX) return fail(ErrorKind::kInvalid, "more data directories than numbers");
    auto directory =
        prepare_directory(disk, random, wanted, configured, rows, static_cast<uint16_t>(next_number), index_lost);
    if (!directory) return std::unexpected(directory.error().within("data_dir"));
    for (const auto& other : out) {
      if (other.number == directory->number || (!other.marker.is_zero() && other.marker == directory->marker)) {
        return fail(ErrorKind::kInvalid,
                    fmt::format("data_dir: {} and {} are the same directory", other.path, directory->path));
      }
    }
    if (directory->number == next_number) ++next_number;
    out.push_back(std::move(*directory));
  }
  return out;
}

std::shared_ptr<kv::Change> record_directories(const std::vector<Directory>& directories) {
  std::vector<kv::Batch::Entry> rows;
  for (const auto& directory : directories) {
    if (directory.recorded) continue;
    rows.push_back({kv::Family::kMeta, directory_key(directory.number),
                    encode_directory(directory.number,
                                     {directory.path, directory.marker, directory.frozen_below, directory.missing})});
  }
  return rows.empty() ? nullptr : std::make_shared<RecordDirectories>(std::move(rows));
}

}  // namespace garage::block

#include "kv/rocksdb/rocks_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace garage::kv {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> failure(const fs::path& path, const std::string& text) {
  return fail(ErrorKind::kIo, fmt::format("{}: {}", path.string(), text));
}

Result<void> sync_directory(const fs::path& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return failure(path, std::strerror(errno));
  const int failed = ::fsync(directory) == 0 ? 0 : errno;
  ::close(directory);
  if (failed != 0) return failure(path, std::strerror(failed));
  return {};
}

fs::path unsynced_mark(const std::string& directory) {
  return fs::path(directory) / "unsynced_log";
}

struct Content {
  bool root = false;         // CURRENT, which names the manifest
  bool logs = false;         // written once the root is there
  uint64_t table_bytes = 0;  // the same
};

Result<Content> look_into(const fs::path& path) {
  Content content;
  std::error_code error;
  for (fs::directory_iterator it(path, error); !error && it != fs::directory_iterator(); it.increment(error)) {
    content.root |= it->path().filename() == "CURRENT";
    content.logs |= it->path().extension() == ".log";
    if (it->path().extension() == ".sst") content.table_bytes += it->file_size(error);
  }
  if (error) return failure(path, error.message());
  return content;
}

}  // namespace

Result<DirectoryState> prepare_directory(const std::string& text) {
  const fs::path path = fs::path(text).lexically_normal();
  std::error_code error;
  const bool made = fs::create_directory(path, error);
  if (error) return failure(path, error.message());
  if (made) {
    // RocksDB syncs what it puts inside, but not the name of the directory itself.
    const fs::path parent = path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
    CHECK_OK(sync_directory(parent.empty() ? "." : parent));
    return DirectoryState::kBlank;
  }
  TRY(const Content content, look_into(path));
  if (content.root) return DirectoryState::kDatabase;
  if (!content.logs && content.table_bytes == 0) return DirectoryState::kBlank;
  return fail(
      ErrorKind::kCorrupt,
      fmt::format("{}: there are files of a metadata database, but CURRENT, its root, is missing. It is damaged. {}",
                  path.string(), kWayOutOfDamage));
}

bool may_have_holes(const std::string& path) {
  std::error_code error;
  return fs::exists(unsynced_mark(path), error);
}

Result<void> note_log_durability(const std::string& path, bool synced) {
  const fs::path mark = unsynced_mark(path);
  std::error_code error;
  if (synced) {
    // One that comes back after a power cut forgives what cannot happen.
    fs::remove(mark, error);
    if (error) return failure(mark, error.message());
    return {};
  }
  const int file = ::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return failure(mark, std::strerror(errno));
  ::close(file);
  return sync_directory(path);
}

Result<uint64_t> table_bytes(const std::string& path) {
  TRY(const Content content, look_into(path));
  return content.table_bytes;
}

}  // namespace garage::kv

#include "env/small_file.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>

namespace garage::env {
namespace {

constexpr uint64_t kPieceBytesMin = 4096;

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_new(Disk& disk, const std::string& path, std::string_view content, uint32_t mode) {
  if (auto gone = disk.remove(path); !gone && gone.error().kind != ErrorKind::kNotFound)
    return std::unexpected(gone.error());
  TRY(std::unique_ptr<File> file, disk.open(path, OpenMode::kCreateNew, mode));
  const std::array pieces{content};
  CHECK_OK(file->write_at(0, pieces));
  return file->sync_data();
}

}  // namespace

Result<std::string> read_file(Disk& disk, std::string path, uint64_t bytes_max) {
  TRY(std::unique_ptr<File> file, disk.open(path, OpenMode::kRead));
  // Only a hint: that of a pipe, or of what the kernel makes up, is 0.
  TRY(const uint64_t size, file->size());
  const auto piece = static_cast<size_t>(std::clamp<uint64_t>(size + 1, kPieceBytesMin, bytes_max + 1));
  std::string content;
  for (bool more = true; more && content.size() <= bytes_max;) {
    const size_t before = content.size();
    content.resize(before + piece);
    TRY(const size_t got, file->read_at(before, std::span(content).subspan(before)));
    content.resize(before + got);
    more = got == piece;
  }
  if (content.size() > bytes_max) return fail(ErrorKind::kInvalid, path + ": larger than expected");
  return content;
}

Result<void> replace_file(Disk& disk, std::string path, std::string_view content, uint32_t mode, bool keep_previous) {
  if (keep_previous) {
    auto old = read_file(disk, path);
    if (!old && old.error().kind != ErrorKind::kNotFound) return std::unexpected(old.error());
    if (old) {
      CHECK_OK(write_new(disk, path + ".previous.tmp", *old, mode));
      CHECK_OK(disk.rename(path + ".previous.tmp", path + ".previous"));
    }
  }
  CHECK_OK(write_new(disk, path + ".tmp", content, mode));
  CHECK_OK(disk.rename(path + ".tmp", path));
  return disk.sync_directory(parent_of(path));
}

}  // namespace garage::env

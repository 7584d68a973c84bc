#include "kv/rocksdb/wide_files.hpp"

#include <rocksdb/file_system.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace garage::kv {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class WideFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "garage.WideFileSystem"; }

  IOStatus GetChildren(const std::string& directory, const IOOptions&, std::vector<std::string>* names,
                       IODebugContext*) override {
    names->clear();
    std::error_code error;
    for (fs::directory_iterator it(directory, error); !error && it != fs::directory_iterator(); it.increment(error)) {
      names->push_back(it->path().filename());
    }
    // Of a directory that is not there RocksDB wants to hear by another word.
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
      return IOStatus::NotFound();
    return to_status(directory, error);
  }
  IOStatus GetChildrenFileAttributes(const std::string& directory, const IOOptions& options,
                                     std::vector<rocksdb::FileAttributes>* files, IODebugContext* debug) override {
    files->clear();
    std::vector<std::string> names;
    if (const IOStatus listed = GetChildren(directory, options, &names, debug); !listed.ok()) return listed;
    for (const std::string& name : names) {
      uint64_t bytes = 0;
      const IOStatus measured = GetFileSize(fs::path(directory) / name, options, &bytes, debug);
      if (measured.IsPathNotFound()) continue;  // deleted since
      if (!measured.ok()) return measured;
      files->push_back({name, bytes});
    }
    return IOStatus::OK();
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* bytes, IODebugContext*) override {
    std::error_code error;
    *bytes = fs::file_size(path, error);
    if (error) *bytes = 0;
    return to_status(path, error);
  }
  IOStatus CreateDirIfMissing(const std::string& directory, const IOOptions&, IODebugContext*) override {
    std::error_code error;
    fs::create_directory(directory, error);
    return to_status(directory, error);
  }

 private:
  static IOStatus to_status(const std::string& path, std::error_code error) {
    if (!error) return IOStatus::OK();
    // What is not there has to be told apart: RocksDB goes on then.
    if (error == std::errc::no_such_file_or_directory) return IOStatus::PathNotFound(path, error.message());
    return IOStatus::IOError(path, error.message());
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> wide_where_needed(std::shared_ptr<rocksdb::FileSystem> under) {
  if constexpr (sizeof(void*) == 8) return under;
  return make_wide_file_system(std::move(under));
}

std::shared_ptr<rocksdb::FileSystem> make_wide_file_system(std::shared_ptr<rocksdb::FileSystem> under) {
  return std::make_shared<WideFileSystem>(std::move(under));
}

}  // namespace garage::kv

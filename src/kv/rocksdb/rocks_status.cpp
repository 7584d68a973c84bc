#include "kv/rocksdb/rocks_status.hpp"

#include <rocksdb/status.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace garage::kv {
namespace {

ErrorKind kind_of(const rocksdb::Status& status) {
  using SubCode = rocksdb::Status::SubCode;
  if (status.IsIOError() && lacks_files(status.ToString())) return ErrorKind::kOverloaded;
  if (status.subcode() == SubCode::kNoSpace || status.subcode() == SubCode::kSpaceLimit) return ErrorKind::kNoSpace;
  if (status.IsCorruption()) return ErrorKind::kCorrupt;
  if (status.IsIOError()) return ErrorKind::kIo;
  if (status.IsIncomplete() || status.IsBusy() || status.IsTryAgain() || status.IsTimedOut())
    return ErrorKind::kUnavailable;
  if (status.IsNotFound()) return ErrorKind::kNotFound;
  if (status.IsInvalidArgument()) return ErrorKind::kInvalid;
  if (status.IsNotSupported()) return ErrorKind::kUnsupported;
  if (status.IsShutdownInProgress()) return ErrorKind::kClosed;
  return ErrorKind::kInternal;
}

}  // namespace

bool lacks_files(std::string_view text) {
  for (const int error : {EMFILE, ENFILE}) {
    if (text.find(std::strerror(error)) != std::string_view::npos) return true;
  }
  return false;
}

Error to_error(const rocksdb::Status& status, std::string_view context) {
  return Error{kind_of(status), status.ToString()}.within(context);
}

}  // namespace garage::kv

#include "daemon/run_mark.hpp"

#include "codec/tlv.hpp"
#include "env/small_file.hpp"

namespace garage::daemon {
namespace {

constexpr uint8_t kFormat = 1;
constexpr std::string_view kRowKey = "run_state";
enum Tag : uint32_t { kBootId = 1, kClean = 2 };

std::string path_of(const std::string& metadata_dir) {
  return metadata_dir + "/run_state";
}

Result<void> write_mark(env::Disk& disk, const std::string& metadata_dir, const std::string& boot_id, bool clean) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kBootId, boot_id);
  if (clean) writer.u64(kClean, 1);
  return env::replace_file(disk, path_of(metadata_dir), std::move(writer).finish(kRowKey), 0600);
}

Result<LastRun> judge(std::string_view encoded, const std::string& boot_id) {
  TRY(auto reader, codec::TlvReader::open(kRowKey, encoded, kFormat));
  std::string last_boot;
  bool clean = false;
  while (reader.next()) {
    if (reader.tag() == kBootId) last_boot = reader.bytes();
    if (reader.tag() == kClean) clean = reader.number() != 0;
  }
  CHECK_OK(reader.status());
  if (clean) return LastRun::kClean;
  return !boot_id.empty() && last_boot == boot_id ? LastRun::kProcessEnded : LastRun::kMachineEnded;
}

}  // namespace

Result<LastRun> begin_run(env::Disk& disk, const std::string& metadata_dir, const std::string& boot_id) {
  auto last = LastRun::kNone;
  auto content = env::read_file(disk, path_of(metadata_dir));
  if (content) {
    // A mark that cannot be read says nothing good; it holds nothing that would be lost.
    last = judge(*content, boot_id).value_or(LastRun::kMachineEnded);
  } else if (content.error().kind != ErrorKind::kNotFound) {
    return std::unexpected(content.error());
  }
  CHECK_OK(write_mark(disk, metadata_dir, boot_id, false));
  return last;
}

Result<void> end_run(env::Disk& disk, const std::string& metadata_dir, const std::string& boot_id) {
  return write_mark(disk, metadata_dir, boot_id, true);
}

}  // namespace garage::daemon

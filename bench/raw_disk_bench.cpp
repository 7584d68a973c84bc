// What the disk alone allows synced writes: the same sizes and batches as a server with a number of clients makes them,
// without anything around. A ceiling for the synced rows of docs/benchmarks.md; run both in the same minutes.
//
//   raw_disk_bench DIRECTORY [CLIENTS [SECONDS]]
//
// Small objects: one append of all waiting rows to a log, one fdatasync. Larger ones: one append of all waiting bodies
// to a data file, one fdatasync, then the log as before.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr uint64_t kInlineBytesMax = 16 * 1024;
constexpr uint64_t kRowBytes = 400;
constexpr uint64_t kFileBytesMax = 1u << 30;  // then the next file is begun, as volumes are

class AppendFile {
 public:
  explicit AppendFile(std::string path) : path_(std::move(path)) { begin(); }
  ~AppendFile() {
    close(descriptor_);
    unlink(path_.c_str());
  }
  AppendFile(const AppendFile&) = delete;

  void append_synced(const char* bytes, uint64_t size) {
    if (end_ + size > kFileBytesMax) {
      close(descriptor_);
      begin();
    }
    for (uint64_t done = 0; done < size;) {
      const ssize_t wrote = pwrite(descriptor_, bytes + done, size - done, static_cast<off_t>(end_ + done));
      if (wrote <= 0) fail("write");
      done += static_cast<uint64_t>(wrote);
    }
    end_ += size;
    if (fdatasync(descriptor_) != 0) fail("fdatasync");
  }

 private:
  void begin() {
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (descriptor_ < 0) fail("open");
    end_ = 0;
  }
  [[noreturn]] void fail(const char* what) const {
    perror((path_ + ": " + what).c_str());
    std::exit(1);
  }

  std::string path_;
  int descriptor_ = -1;
  uint64_t end_ = 0;
};

double puts_per_second(const std::string& directory, uint64_t object_bytes, uint64_t clients, double seconds) {
  AppendFile log(directory + "/raw_disk_bench.log"), data(directory + "/raw_disk_bench.data");
  std::string bytes((object_bytes + kRowBytes) * clients, '\0');
  uint64_t state = 88172645463325252u;  // no file system may find the bytes easy
  for (char& byte : bytes) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    byte = static_cast<char>(state);
  }
  const auto began = std::chrono::steady_clock::now();
  uint64_t puts = 0;
  for (;;) {
    if (object_bytes <= kInlineBytesMax) {
      log.append_synced(bytes.data(), bytes.size());
    } else {
      data.append_synced(bytes.data(), object_bytes * clients);
      log.append_synced(bytes.data(), kRowBytes * clients);
    }
    puts += clients;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    if (passed.count() >= seconds) return static_cast<double>(puts) / passed.count();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: raw_disk_bench DIRECTORY [CLIENTS [SECONDS]]\n");
    return 2;
  }
  const uint64_t clients = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 16;
  const double seconds = argc > 3 ? std::strtod(argv[3], nullptr) : 4;
  for (const uint64_t size : {1024u, 65536u, 1048576u}) {
    const double rate = puts_per_second(argv[1], size, clients, seconds);
    fmt::print("raw disk, {} bytes, {} at once: {:.0f}/s, {:.0f} MB/s\n", size, clients, rate,
               rate * static_cast<double>(size) / 1e6);
  }
  return 0;
}

// LogCheck over arbitrary bytes, and over whole records with arbitrary content (the fuzzer does not guess checksums).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/crc.hpp"
#include "kv/rocksdb/log_check.hpp"

namespace {

void check(std::string_view log) {
  garage::kv::LogCheck checker;
  for (int part = 0; part < 2; ++part) {
    checker.begin_log("fuzz");
    const std::string_view half = part == 0 ? log.substr(0, log.size() / 2) : log.substr(log.size() / 2);
    for (size_t at = 0; at < half.size(); at += garage::kv::LogCheck::kBlockBytes) {
      checker.add_block(half.substr(at, garage::kv::LogCheck::kBlockBytes));
    }
    checker.end_log();
  }
}

// Each input byte pair becomes a record: its type and its length; the payload follows.
std::string with_checksums(std::string_view input) {
  std::string log;
  while (input.size() >= 2) {
    const size_t length = std::min<size_t>(static_cast<unsigned char>(input[1]), input.size() - 2);
    const std::string body = std::string(1, static_cast<char>(input[0] & 7)) + std::string(input.substr(2, length));
    const uint32_t crc = garage::crypto::crc32c(body);
    const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    for (int shift = 0; shift < 32; shift += 8) log += static_cast<char>(masked >> shift);
    log += static_cast<char>(length);
    log += '\0';
    log += body;
    input.remove_prefix(2 + length);
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check(input);
  check(with_checksums(input));
  return 0;
}

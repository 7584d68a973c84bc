#include "block/compression.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

namespace garage::block {
namespace {

constexpr size_t kProbeBytes = 64u << 10;

// A context is a megabyte of tables, so each thread keeps its own.
struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

size_t worth_bytes(size_t raw_bytes) {
  return raw_bytes - raw_bytes / 8;
}

// The length of the result, or nothing if it is longer than worth it (zstd stops as soon as the room is used up).
std::optional<size_t> compress_into(std::string_view raw, char* out, int level) {
  const size_t size = ZSTD_compressCCtx(compressor(), out, worth_bytes(raw.size()), raw.data(), raw.size(), level);
  if (ZSTD_isError(size) != 0 || size == 0) return std::nullopt;
  return size;
}

}  // namespace

std::optional<Buffer> compress(std::string_view raw, int level) {
  if (raw.size() < 64) return std::nullopt;
  std::shared_ptr<char[]> out = std::make_shared_for_overwrite<char[]>(worth_bytes(raw.size()));
  if (raw.size() > 2 * kProbeBytes && !compress_into(raw.substr(0, kProbeBytes), out.get(), level)) return std::nullopt;
  const auto size = compress_into(raw, out.get(), level);
  if (!size) return std::nullopt;
  return Buffer(out, std::string_view(out.get(), *size));
}

Result<Buffer> decompress(std::string_view stored, uint32_t raw_bytes) {
  std::shared_ptr<char[]> out = std::make_shared_for_overwrite<char[]>(raw_bytes);
  const size_t size = ZSTD_decompressDCtx(decompressor(), out.get(), raw_bytes, stored.data(), stored.size());
  if (ZSTD_isError(size) != 0) return fail(ErrorKind::kCorrupt, fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  if (size != raw_bytes) return fail(ErrorKind::kCorrupt, fmt::format("zstd: {} bytes instead of {}", size, raw_bytes));
  return Buffer(out, std::string_view(out.get(), size));
}

}  // namespace garage::block

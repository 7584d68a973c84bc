#include "object/body_writer.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "object/body_pipeline.hpp"

namespace garage::object {
namespace {

constexpr size_t kWaitersMax = 256;

struct Filled {
  std::shared_ptr<char[]> bytes;
  size_t size = 0;
  bool at_end = false;
};

// Reads until `capacity` bytes are there or the source ends. A full buffer says nothing about the end.
Task<Result<Filled>> fill(ByteSource& source, size_t capacity) {
  Filled out{std::make_shared_for_overwrite<char[]>(capacity)};
  while (out.size < capacity) {
    CO_TRY(const size_t got, co_await source.read({out.bytes.get() + out.size, capacity - out.size}));
    if (got == 0) {
      out.at_end = true;
      break;
    }
    out.size += got;
  }
  co_return out;
}

// The end of a body is part of what was declared and signed: it has to be read, also behind the last byte.
Task<Result<std::optional<char>>> probe_end(ByteSource& source) {
  char next;
  CO_TRY(const size_t got, co_await source.read({&next, 1}));
  if (got == 0) co_return std::optional<char>();
  co_return std::optional<char>(next);
}

StoredBody small_body(std::string bytes, DigestsWanted wanted) {
  Digester digester(wanted);
  digester.update(bytes);
  StoredBody body;
  body.digests = digester.finish();
  body.is_inline = !bytes.empty();
  body.inline_bytes = std::move(bytes);
  return body;
}

Buffer to_buffer(Filled& filled) {
  return Buffer(std::shared_ptr<const void>(filled.bytes), {filled.bytes.get(), filled.size});
}

// The blocks of a body whose first bytes were read already.
Task<Result<void>> read_blocks(Core& core, ByteSource& source, BodyPipeline& pipeline, Filled block,
                               uint64_t declared_left) {
  const size_t block_bytes = core.options.block_bytes;
  for (;;) {
    const bool short_block = block.size < block_bytes;
    if (!block.at_end && short_block) {
      // Only where the declared length was reached exactly.
      auto probed = co_await probe_end(source);
      if (!probed || *probed) {
        pipeline.give_back();
        if (!probed) co_return std::unexpected(probed.error());
        co_return fail(ErrorKind::kInvalid, "the body is longer than declared");
      }
      block.at_end = true;
    }
    const bool at_end = block.at_end;
    if (block.size > 0) {
      pipeline.add(to_buffer(block));
      block = {};
    } else {
      pipeline.give_back();
    }
    if (at_end || pipeline.error()) co_return Result<void>{};
    co_await pipeline.reserve();
    const uint64_t capacity = declared_left > 0 ? std::min<uint64_t>(block_bytes, declared_left) : block_bytes;
    auto filled = co_await fill(source, static_cast<size_t>(capacity));
    if (!filled) {
      pipeline.give_back();
      co_return std::unexpected(filled.error());
    }
    block = std::move(*filled);
    declared_left -= std::min<uint64_t>(declared_left, block.size);
  }
}

}  // namespace

Task<Result<StoredBody>> write_body(Core& core, ByteSource& source, DigestsWanted wanted,
                                    std::shared_ptr<block::Outgoing> outgoing) {
  const std::optional<uint64_t> declared = source.length();
  const size_t block_bytes = core.options.block_bytes;
  if (declared && *declared <= core.options.inline_bytes_max) {
    CO_TRY(Filled filled, co_await fill(source, static_cast<size_t>(std::max<uint64_t>(1, *declared))));
    if (!filled.at_end) {
      CO_TRY(const auto more, co_await probe_end(source));
      if (more) co_return fail(ErrorKind::kInvalid, "the body is longer than declared");
    }
    co_return small_body(std::string(filled.bytes.get(), filled.size), wanted);
  }

  // Slow uploads may hold every buffer; who comes then is told so instead of waiting without end.
  if (core.local().ram.waiting() >= kWaitersMax)
    co_return fail(ErrorKind::kOverloaded, "too many uploads wait for buffers");
  BodyPipeline pipeline(core, wanted, std::move(outgoing));
  co_await pipeline.reserve();
  const uint64_t first_bytes = declared ? std::min<uint64_t>(block_bytes, *declared) : block_bytes;
  auto first = co_await fill(source, static_cast<size_t>(first_bytes));
  if (!first) {
    pipeline.give_back();
    co_return std::unexpected(first.error());
  }
  if (first->at_end && first->size <= core.options.inline_bytes_max) {
    pipeline.give_back();
    co_return small_body(std::string(first->bytes.get(), first->size), wanted);
  }
  const uint64_t left = declared ? *declared - std::min<uint64_t>(*declared, first->size) : 0;
  auto read = co_await read_blocks(core, source, pipeline, std::move(*first), left);
  auto body = co_await pipeline.finish();
  if (!read) co_return std::unexpected(read.error());
  co_return body;
}

}  // namespace garage::object

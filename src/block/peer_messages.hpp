// What nodes say to each other about blocks. Values; their bytes are described in docs/formats/volume.md.
//
// Whoever decodes treats the bytes as hostile: counts and lengths are bounded, damage is kCorrupt, never an assertion.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"
#include "block/reference.hpp"

namespace garage::block {

// The operations, as the peer port names them.
inline constexpr std::string_view kPutOperation = "block/put";
inline constexpr std::string_view kReferOperation = "block/refer";
inline constexpr std::string_view kDropOperation = "block/drop";
inline constexpr std::string_view kReadOperation = "block/read";

inline constexpr size_t kHashesPerMessageMax = 4096;
// What fits into one message of 16 MiB.
inline constexpr size_t kPeerBlockBytesMax = 15u << 20;

// Keep these bytes for an upload. With `reference`: and make them durable and referenced before the answer.
struct PutMessage {
  BlockHash hash;
  Uuid owner;
  Buffer raw;
  std::optional<Reference> reference;
};

enum class ReferMode : unsigned char {
  kClaim = 1,  // only where the bytes are here
  kRaise = 2,  // only where the owner's reference is here: its ceiling moves up
  kHint = 3,   // in any case; bytes that are not here are fetched later. Counts for nobody's quorum
};

// Make what was put for this owner durable, and reference it.
struct ReferMessage {
  Uuid owner;
  Reference reference;
  ReferMode mode = ReferMode::kClaim;
  std::vector<BlockHash> hashes;
};

// The owner is dead: drop its references, but for those whose ceiling is above `judged`.
struct DropMessage {
  Uuid owner;
  Ord judged;
  std::vector<BlockHash> hashes;
};

struct ReadMessage {
  BlockHash hash;
  uint64_t offset = 0;
  uint64_t length = 0;
};

std::string encode_put(const PutMessage& message);
// The bytes stay where they are: `payload` is shared.
Result<PutMessage> decode_put(const Buffer& payload);
std::string encode_refer(const ReferMessage& message);
Result<ReferMessage> decode_refer(std::string_view payload);
std::string encode_drop(const DropMessage& message);
Result<DropMessage> decode_drop(std::string_view payload);
std::string encode_read(const ReadMessage& message);
Result<ReadMessage> decode_read(std::string_view payload);
// A list of blocks, as the answer of kReferOperation: those that could not be referenced.
std::string encode_hashes(const std::vector<BlockHash>& hashes);
Result<std::vector<BlockHash>> decode_hashes(std::string_view payload);
// Bytes of a block, as the answer of kReadOperation, under a checksum that binds block and offset.
std::string encode_bytes(const ReadMessage& question, std::string_view bytes);
Result<Buffer> decode_bytes(const ReadMessage& question, const Buffer& payload);

// Fields that several messages and rows of this module have, under the same tags.
void write_hashes(codec::TlvWriter& writer, uint32_t tag, const std::vector<BlockHash>& hashes);
bool read_hashes(std::string_view bytes, std::vector<BlockHash>& out);
std::optional<Ord> ord_from(std::string_view bytes);

}  // namespace garage::block

// What nodes ask each other about references, to make them equal and before one lets go of them. Values; their bytes
// are described in docs/formats/volume.md. Hostile bytes are kCorrupt, as in peer_messages.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/ord.hpp"
#include "base/result.hpp"

namespace garage::block {

inline constexpr std::string_view kReferenceOperation = "block/reference";
inline constexpr std::string_view kHoldOperation = "block/hold";

inline constexpr size_t kReferencesPerMessageMax = 1024;

// kReferenceOperation: this row, please. The answer is its value, or nothing.
struct ReferenceName {
  BlockHash hash;
  Uuid owner;
};
std::string encode_reference_name(const ReferenceName& name);
Result<ReferenceName> decode_reference_name(std::string_view payload);

// kHoldOperation: do you hold these? The answer is a Held for each.
struct NamedReference {
  BlockHash hash;
  Uuid owner;
  Ord ceiling;  // a reference with a lower one does not count
};
enum class Held : char {
  kNothing = 0,
  kReference = 1,  // without the bytes
  kAll = 2,        // the reference, and the block is durable
};
std::string encode_named_references(const std::vector<NamedReference>& references);
Result<std::vector<NamedReference>> decode_named_references(std::string_view payload);
std::string encode_held(const std::vector<Held>& held);
// Of exactly `count` references.
Result<std::vector<Held>> decode_held(size_t count, std::string_view payload);

}  // namespace garage::block

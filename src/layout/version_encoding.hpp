// The fields of one layout version and of a role, in the row codec. Private to this module.
#pragma once

#include "layout/cluster_layout.hpp"

namespace garage::layout {

codec::TlvWriter encode_version(const LayoutVersion& version);

// Takes the fields it knows; others go to `more`, which returns false for those it does not know either: they are kept.
Result<LayoutVersion> decode_version(codec::TlvReader reader, bool (*more)(void*, codec::TlvReader&) = nullptr,
                                     void* context = nullptr);

struct NodeRole {
  NodeId node;
  std::optional<Role> role;  // nullopt: it leaves
};

codec::TlvWriter encode_role(const NodeId& node, const std::optional<Role>& role);
Result<NodeRole> decode_role(codec::TlvReader reader);

inline uint64_t to_number(ZoneRedundancy redundancy) {
  return redundancy.at_least.value_or(0);
}
inline ZoneRedundancy to_redundancy(uint64_t number) {
  return {number == 0 ? std::optional<uint32_t>() : static_cast<uint32_t>(number)};
}

std::unexpected<Error> corrupt_layout(std::string_view what);

}  // namespace garage::layout

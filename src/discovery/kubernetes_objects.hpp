// The custom resources GarageNode as JSON, and what of them is believed. Pure: no clock, no network.
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"
#include "codec/json.hpp"
#include "discovery/discovery.hpp"

namespace garage::discovery {

inline constexpr std::string_view kCrdName = "garagenodes.deuxfleurs.fr";
inline constexpr std::string_view kServiceLabel = "garage.deuxfleurs.fr/service";
inline constexpr std::string_view kRenewedAnnotation = "garage.deuxfleurs.fr/renewed";
inline constexpr Duration kEntryBelieved = 5min;  // after its last renewal
inline constexpr Duration kEntryKept = 1h;        // then any node of the service deletes it

// The pod this node runs in: when it is deleted, so is the entry.
struct Pod {
  std::string name;
  std::string uid;
};

codec::Json crd();
codec::Json garage_node(const Announcement& self, const std::string& service, const std::optional<Pod>& pod,
                        WallTime now);

// One entry of a list, as a reader sees it.
struct SeenEntry {
  std::string name;
  std::string resource_version;
  enum class Age : unsigned char { kFresh, kStale, kForgotten } age = Age::kFresh;
  std::optional<FoundNode> node;  // empty: unusable
  std::string trouble;            // why
};
SeenEntry read_entry(const codec::Json& item, WallTime now);

// `metadata.resourceVersion` of an object; empty if there is none.
std::string resource_version_of(const codec::Json& object);

}  // namespace garage::discovery

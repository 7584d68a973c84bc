// What nodes tell each other by the operations "cluster/...": docs/formats/peer.md. Pure functions; damaged or
// oversized bytes are kCorrupt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "cluster/document.hpp"
#include "cluster/node_status.hpp"

namespace garage::cluster {

inline constexpr std::string_view kStatusOperation = "cluster/status";      // a status for a status
inline constexpr std::string_view kPeersOperation = "cluster/peers";        // a list of peers for a list of peers
inline constexpr std::string_view kDocumentOperation = "cluster/document";  // a name; the document's bytes
inline constexpr std::string_view kPageOperation = "cluster/document-page";

inline constexpr size_t kPeersMax = 4096;
inline constexpr size_t kAddressesPerPeerMax = 8;
inline constexpr size_t kDocumentsMax = 64;

// A node and where it may be reached, the best first.
struct KnownPeer {
  NodeId id;
  std::vector<std::string> addresses;
  friend bool operator==(const KnownPeer&, const KnownPeer&) = default;
};

std::string encode_peers(const std::vector<KnownPeer>& peers);
Result<std::vector<KnownPeer>> decode_peers(std::string_view encoded);

struct PageQuestion {
  std::string document;
  std::string from;  // empty: the beginning
  friend bool operator==(const PageQuestion&, const PageQuestion&) = default;
};
std::string encode_page_question(const PageQuestion& question);
Result<PageQuestion> decode_page_question(std::string_view encoded);
std::string encode_page(const Document::Page& page);
Result<Document::Page> decode_page(std::string_view encoded);

std::string encode_status(const NodeStatus& status);
Result<NodeStatus> decode_status(std::string_view encoded);

}  // namespace garage::cluster

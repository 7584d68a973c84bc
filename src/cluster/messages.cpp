#include "cluster/messages.hpp"

#include <algorithm>

#include "cluster/peer_name.hpp"
#include "codec/tlv.hpp"

namespace garage::cluster {
namespace {

enum PeersTag : uint32_t { kPeer = 1 };
enum PeerTag : uint32_t { kId = 1, kAddress = 2 };
enum StatusTag : uint32_t {
  kHostname = 1,
  kVersion = 2,
  kClock = 3,
  kPublicAddress = 4,
  kDataSpace = 5,
  kMetadataSpace = 6,
  kResyncQueue = 7,
  kDocument = 8,
  kPeersDigest = 9,
  kCluster = 10,
};
enum SpaceTag : uint32_t { kTotal = 1, kAvailable = 2 };
enum PageQuestionTag : uint32_t { kPageOf = 1, kPageFrom = 2 };
enum PageTag : uint32_t { kPageBytes = 1, kNextFrom = 2 };
enum DocumentTag : uint32_t { kName = 1, kDigest = 2 };

constexpr size_t kTextBytesMax = 255;
constexpr size_t kDigestBytesMax = 64;
// The year 9999: what a broken clock shows beyond it is still far ahead, and can be reckoned with.
constexpr uint64_t kClockMsMax = 253'402'300'799'999;

std::unexpected<Error> corrupt(const char* what) {
  return fail(ErrorKind::kCorrupt, std::string("a peer's ") + what + " cannot be understood");
}

Result<KnownPeer> decode_peer(codec::TlvReader reader) {
  KnownPeer peer;
  bool has_id = false;
  while (reader.next()) {
    if (reader.tag() == kId) {
      const auto id = NodeId::from_raw(reader.bytes());
      if (!id) return corrupt("list of peers");
      peer.id = *id;
      has_id = true;
    } else if (reader.tag() == kAddress && peer.addresses.size() < kAddressesPerPeerMax && is_address(reader.bytes())) {
      peer.addresses.emplace_back(reader.bytes());
    }
  }
  if (!reader.status() || !has_id) return corrupt("list of peers");
  return peer;
}

// A text for people: shortened, without control characters.
std::string plain(std::string_view text) {
  std::string out(text.substr(0, kTextBytesMax));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
  return out;
}

void write_space(codec::TlvWriter& writer, uint32_t tag, const std::optional<env::Space>& space) {
  if (!space) return;
  auto body = codec::TlvWriter::nested();
  body.u64(kTotal, space->total_bytes);
  body.u64(kAvailable, space->available_bytes);
  writer.message(tag, body);
}

env::Space read_space(codec::TlvReader& outer) {
  env::Space space;
  auto reader = outer.message();
  while (reader.next()) {
    if (reader.tag() == kTotal) space.total_bytes = reader.number();
    if (reader.tag() == kAvailable) space.available_bytes = reader.number();
  }
  if (!reader.status()) outer.mark_damaged();
  return space;
}

void read_document(codec::TlvReader& outer, std::map<std::string, std::string>& documents) {
  std::string name, digest;
  auto reader = outer.message();
  while (reader.next()) {
    if (reader.tag() == kName) name = reader.bytes();
    if (reader.tag() == kDigest) digest = reader.bytes();
  }
  if (!reader.status() || name.empty() || name.size() > kTextBytesMax || digest.size() > kDigestBytesMax ||
      documents.size() >= kDocumentsMax) {
    outer.mark_damaged();
    return;
  }
  documents[std::move(name)] = std::move(digest);
}

}  // namespace

std::string encode_peers(const std::vector<KnownPeer>& peers) {
  auto writer = codec::TlvWriter::nested();
  for (const KnownPeer& peer : peers) {
    auto body = codec::TlvWriter::nested();
    body.bytes(kId, peer.id.view());
    for (const std::string& address : peer.addresses) body.bytes(kAddress, address);
    writer.message(kPeer, body);
  }
  return std::move(writer).take_body();
}

Result<std::vector<KnownPeer>> decode_peers(std::string_view encoded) {
  std::vector<KnownPeer> peers;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    if (reader.tag() != kPeer) continue;
    if (peers.size() >= kPeersMax) return corrupt("list of peers");
    TRY(KnownPeer peer, decode_peer(reader.message()));
    peers.push_back(std::move(peer));
  }
  if (!reader.status()) return corrupt("list of peers");
  return peers;
}

std::string encode_status(const NodeStatus& status) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kHostname, std::string_view(status.report.hostname).substr(0, kTextBytesMax));
  writer.bytes(kVersion, status.report.version);
  writer.u64(kClock, status.clock_ms);
  if (!status.address.empty()) writer.bytes(kPublicAddress, status.address);
  write_space(writer, kDataSpace, status.report.data);
  write_space(writer, kMetadataSpace, status.report.metadata);
  if (status.report.resync_queue) writer.u64(kResyncQueue, *status.report.resync_queue);
  for (const auto& [name, digest] : status.documents) {
    auto body = codec::TlvWriter::nested();
    body.bytes(kName, name);
    body.bytes(kDigest, digest);
    writer.message(kDocument, body);
  }
  writer.bytes(kPeersDigest, status.peers_digest);
  if (!status.cluster.empty()) writer.bytes(kCluster, status.cluster);
  return std::move(writer).take_body();
}

Result<NodeStatus> decode_status(std::string_view encoded) {
  NodeStatus status;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kHostname:
        status.report.hostname = plain(reader.bytes());
        break;
      case kVersion:
        status.report.version = plain(reader.bytes());
        break;
      case kClock:
        status.clock_ms = std::min(reader.number(), kClockMsMax);
        break;
      case kPublicAddress:
        if (is_address(reader.bytes())) status.address = reader.bytes();
        break;
      case kDataSpace:
        status.report.data = read_space(reader);
        break;
      case kMetadataSpace:
        status.report.metadata = read_space(reader);
        break;
      case kResyncQueue:
        status.report.resync_queue = reader.number();
        break;
      case kDocument:
        read_document(reader, status.documents);
        break;
      case kPeersDigest:
        status.peers_digest = reader.bytes().substr(0, kDigestBytesMax);
        break;
      case kCluster:
        status.cluster = reader.bytes().substr(0, kDigestBytesMax);
        break;
      default:
        break;  // a later program's
    }
  }
  if (!reader.status()) return corrupt("status");
  return status;
}

std::string encode_page_question(const PageQuestion& question) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kPageOf, question.document);
  if (!question.from.empty()) writer.bytes(kPageFrom, question.from);
  return std::move(writer).take_body();
}

Result<PageQuestion> decode_page_question(std::string_view encoded) {
  PageQuestion out;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    if (reader.tag() == kPageOf) out.document = reader.bytes();
    if (reader.tag() == kPageFrom) out.from = reader.bytes();
  }
  if (!reader.status()) return corrupt("question about a page");
  return out;
}

std::string encode_page(const Document::Page& page) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kPageBytes, page.bytes);
  if (!page.next_from.empty()) writer.bytes(kNextFrom, page.next_from);
  return std::move(writer).take_body();
}

Result<Document::Page> decode_page(std::string_view encoded) {
  Document::Page out;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    if (reader.tag() == kPageBytes) out.bytes = reader.bytes();
    if (reader.tag() == kNextFrom) out.next_from = reader.bytes();
  }
  if (!reader.status()) return corrupt("page of a document");
  return out;
}

}  // namespace garage::cluster

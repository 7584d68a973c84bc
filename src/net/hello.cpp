#include "net/hello.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "codec/tlv.hpp"
#include "crypto/digest.hpp"
#include "crypto/hmac.hpp"

namespace garage::net {
namespace {

enum Tag : uint32_t {
  kProtocolMin = 1,
  kProtocolMax = 2,
  kFeatures = 3,
  kRole = 4,
  kNode = 5,
  kIncarnation = 6,
  kBootId = 7,
  kReplicationFactor = 8,
  kPublicAddress = 9,
  kLane = 10,
  kStrand = 11,
  kStrands = 12,
};

constexpr size_t kProofBytes = 32;
constexpr std::string_view kProofContext = "garage peer hello 1";

const NodeId& node_of(Sender sender, const HelloSession& session) {
  return sender == Sender::kDialler ? session.dialler : session.acceptor;
}

crypto::Sha256Digest prove(std::string_view facts, Sender sender, const HelloSession& session, const Secret& secret) {
  std::string message(kProofContext);
  message.append(crypto::view(session.exporter));
  message.push_back(static_cast<char>(sender));
  message.append(session.dialler.view()).append(session.acceptor.view()).append(facts);
  return crypto::hmac_sha256(secret.reveal(), message);
}

std::unexpected<Error> undecodable(std::string_view what) {
  return fail(ErrorKind::kCorrupt, fmt::format("the peer's HELLO cannot be understood: {}", what));
}

bool is_plain_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

template <class Number>
Number number_or_damaged(codec::TlvReader& reader) {
  const uint64_t number = reader.number();
  if (number > std::numeric_limits<Number>::max()) reader.mark_damaged();
  return static_cast<Number>(number);
}

struct Decoded {
  HelloFacts facts;
  NodeId node;
};

Result<Decoded> decode_facts(std::string_view body) {
  Decoded out;
  HelloFacts& facts = out.facts;
  facts.protocols = {0, 0};
  uint8_t role = 0;
  uint8_t lane = 0;
  auto reader = codec::TlvReader::nested(body);
  while (reader.next()) {
    switch (reader.tag()) {
      case kProtocolMin:
        facts.protocols.min = number_or_damaged<uint32_t>(reader);
        break;
      case kProtocolMax:
        facts.protocols.max = number_or_damaged<uint32_t>(reader);
        break;
      case kFeatures:
        facts.features = reader.number();
        break;
      case kRole:
        role = number_or_damaged<uint8_t>(reader);
        break;
      case kNode:
        out.node = reader.id<NodeId>();
        break;
      case kIncarnation:
        facts.incarnation = reader.id<Uuid>();
        break;
      case kBootId:
        facts.boot_id = reader.id<Uuid>();
        break;
      case kReplicationFactor:
        facts.replication_factor = number_or_damaged<uint32_t>(reader);
        break;
      case kPublicAddress:
        facts.public_address = reader.bytes();
        break;
      case kLane:
        lane = number_or_damaged<uint8_t>(reader);
        break;
      case kStrand:
        facts.strand = number_or_damaged<uint32_t>(reader);
        break;
      case kStrands:
        facts.strands = number_or_damaged<uint32_t>(reader);
        break;
      default:
        break;  // a later program's; feature bits say what matters
    }
  }
  if (!reader.status()) return undecodable("its fields are damaged");
  facts.role = static_cast<Role>(role);
  if (facts.role != Role::kPeer && facts.role != Role::kClient) return undecodable("it has no known role");
  if (lane > static_cast<uint8_t>(Lane::kBlocks)) return undecodable("it is for an unknown lane");
  facts.lane = static_cast<Lane>(lane);
  if (facts.protocols.min == 0 || facts.protocols.min > facts.protocols.max)
    return undecodable("its protocol range is empty");
  if (facts.public_address.size() > kPublicAddressBytesMax || !is_plain_text(facts.public_address))
    return undecodable("its public address is not an address");
  return out;
}

std::string name_of(ProtocolRange range) {
  return range.min == range.max ? fmt::format("{}", range.min) : fmt::format("{} to {}", range.min, range.max);
}

}  // namespace

std::string prove_hello(std::string_view encoded_facts, Sender sender, const HelloSession& session,
                        const Secret& rpc_secret) {
  const auto proof = prove(encoded_facts, sender, session, rpc_secret);
  return std::string(crypto::view(proof)).append(encoded_facts);
}

std::string encode_hello(const HelloFacts& facts, Sender sender, const HelloSession& session,
                         const Secret& rpc_secret) {
  auto writer = codec::TlvWriter::nested();
  writer.u64(kProtocolMin, facts.protocols.min);
  writer.u64(kProtocolMax, facts.protocols.max);
  writer.u64(kFeatures, facts.features);
  writer.u64(kRole, static_cast<uint64_t>(facts.role));
  writer.bytes(kNode, node_of(sender, session).view());
  writer.bytes(kIncarnation, facts.incarnation.view());
  writer.bytes(kBootId, facts.boot_id.view());
  writer.u64(kReplicationFactor, facts.replication_factor);
  writer.bytes(kPublicAddress, facts.public_address);
  if (facts.lane != Lane::kControl) writer.u64(kLane, static_cast<uint64_t>(facts.lane));
  if (facts.strand != 0) writer.u64(kStrand, facts.strand);
  if (facts.strands != 1) writer.u64(kStrands, facts.strands);
  return prove_hello(writer.body(), sender, session, rpc_secret);
}

Result<HelloFacts> decode_hello(std::string_view payload, Sender sender, const HelloSession& session,
                                const Secret& rpc_secret) {
  if (payload.size() < kProofBytes || payload.size() > kHelloBytesMax) return undecodable("it has a wrong size");
  const std::string_view body = payload.substr(kProofBytes);
  const auto proof = prove(body, sender, session, rpc_secret);
  if (!equal_constant_time(crypto::view(proof), payload.substr(0, kProofBytes)))
    return fail(ErrorKind::kDenied, std::string(kSecretDiffers));
  TRY(Decoded decoded, decode_facts(body));
  if (decoded.node != node_of(sender, session))
    return fail(ErrorKind::kDenied, "the peer's HELLO names another node than its certificate");
  return std::move(decoded.facts);
}

Result<uint32_t> common_protocol(ProtocolRange ours, ProtocolRange theirs) {
  const uint32_t highest = std::min(ours.max, theirs.max);
  if (highest >= std::max(ours.min, theirs.min)) return highest;
  return fail(ErrorKind::kUnsupported,
              fmt::format("no common peer protocol: {} here, {} there", name_of(ours), name_of(theirs)));
}

}  // namespace garage::net

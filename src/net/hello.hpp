// HELLO: what both ends of a new connection tell each other, under a proof that they know the cluster's RPC secret.
//
// The proof comes first and covers every byte behind it, so nothing else is parsed before it verifies. It is bound to
// this TLS session by the exporter and to the sender by direction and ids: it is of no use on another connection, nor
// sent back to where it came from.
//
// Threads: pure functions; any.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/caller.hpp"

namespace garage::net {

inline constexpr size_t kHelloBytesMax = 4096;
inline constexpr size_t kPublicAddressBytesMax = 255;
inline constexpr std::string_view kHelloExporterLabel = "EXPORTER-garage-hello";
inline constexpr std::string_view kSecretDiffers = "the RPC secret differs";

enum class Role : uint8_t {
  kPeer = 1,    // a node of the cluster
  kClient = 2,  // a command line with a throw-away key
};

struct ProtocolRange {
  uint32_t min = 1;
  uint32_t max = 1;
  friend bool operator==(const ProtocolRange&, const ProtocolRange&) = default;
};

// What this program speaks.
inline constexpr ProtocolRange kProtocols{1, 1};

// What a process tells about itself, and what the connection is for.
struct HelloFacts {
  ProtocolRange protocols = kProtocols;
  uint64_t features = 0;  // bits; none is defined yet
  Role role = Role::kPeer;
  Uuid incarnation = {};            // of the database; zero for a client
  Uuid boot_id = {};                // random at each start
  uint32_t replication_factor = 0;  // 0 for a client
  std::string public_address = {};  // "host:port" where peers reach it; ":port": where this connection comes from
  Lane lane = Lane::kControl;       // of two nodes; what the dialler says counts
  uint32_t strand = 0;   // of two nodes, as the dialler says: 0 is the pair of connections that must be there
  uint32_t strands = 1;  // how many such pairs this process can make use of
  friend bool operator==(const HelloFacts&, const HelloFacts&) = default;
};

// What a proof is bound to. Each end builds it from what TLS has verified, never from what the other one says.
struct HelloSession {
  std::array<unsigned char, 32> exporter{};
  NodeId dialler;
  NodeId acceptor;
};

enum class Sender : uint8_t { kDialler = 1, kAcceptor = 2 };

// Proof and facts: what a HELLO frame carries, around facts that are encoded already.
std::string prove_hello(std::string_view encoded_facts, Sender sender, const HelloSession& session,
                        const Secret& rpc_secret);
// The payload of the HELLO frame that `sender` sends.
std::string encode_hello(const HelloFacts& facts, Sender sender, const HelloSession& session, const Secret& rpc_secret);

// kDenied ("the RPC secret differs") if the proof is wrong, and then nothing else was looked at; kDenied if it names
// another node than TLS showed; kCorrupt if it cannot be decoded.
Result<HelloFacts> decode_hello(std::string_view payload, Sender sender, const HelloSession& session,
                                const Secret& rpc_secret);

// The highest protocol that both speak; kUnsupported, naming both ranges, if there is none.
Result<uint32_t> common_protocol(ProtocolRange ours, ProtocolRange theirs);

}  // namespace garage::net

#include "net/identity.hpp"

#include <string>

#include "crypto/ed25519.hpp"

namespace garage::net {
namespace {

constexpr size_t kSeedBytes = 32;

}  // namespace

Result<NodeKey> NodeKey::from_seed(Secret seed) {
  TRY(const crypto::Ed25519PublicKey key, crypto::ed25519_public_key(seed));
  NodeKey out{.id = {}, .seed = std::move(seed)};
  out.id.bytes = key;
  return out;
}

Result<NodeKey> NodeKey::from_file_content(std::string_view raw) {
  if (raw.size() != kSeedBytes + NodeId::kSize) return fail(ErrorKind::kInvalid, "a node key has 64 bytes");
  TRY(NodeKey key, from_seed(Secret(std::string(raw.substr(0, kSeedBytes)))));
  if (key.id.view() != raw.substr(kSeedBytes))
    return fail(ErrorKind::kCorrupt, "the two halves of the node key do not belong together");
  return key;
}

Result<NodeKey> NodeKey::generate(runtime::Random& random) {
  std::string seed(kSeedBytes, '\0');
  random.fill({reinterpret_cast<unsigned char*>(seed.data()), seed.size()});
  return from_seed(Secret(std::move(seed)));
}

}  // namespace garage::net

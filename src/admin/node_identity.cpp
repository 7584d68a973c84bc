#include "admin/node_identity.hpp"

#include <fmt/format.h>

#include "crypto/ed25519.hpp"
#include "env/small_file.hpp"

namespace garage::admin {
namespace {

constexpr size_t kSeedBytes = 32;

Result<NodeId> public_of(const Secret& seed) {
  TRY(const crypto::Ed25519PublicKey key, crypto::ed25519_public_key(seed));
  NodeId id;
  id.bytes = key;
  return id;
}

std::unexpected<Error> corrupt_key(const std::string& path, std::string_view why) {
  return fail(ErrorKind::kCorrupt,
              fmt::format("The node key {} is corrupt: {}. Restore it from a backup; a node without its key is "
                          "another node",
                          path, why));
}

Result<NodeIdentity> read_key(const std::string& path, std::string content) {
  if (content.size() != kSeedBytes + NodeId::kSize) {
    return corrupt_key(path, fmt::format("it has {} bytes instead of {}", content.size(), kSeedBytes + NodeId::kSize));
  }
  const auto stored_id = NodeId::from_raw(std::string_view(content).substr(kSeedBytes));
  content.resize(kSeedBytes);
  NodeIdentity identity{.id = *stored_id, .seed = Secret(std::move(content)), .is_new = false};
  TRY(const NodeId id, public_of(identity.seed));
  if (id != identity.id) return corrupt_key(path, "its halves do not belong together");
  return identity;
}

Result<NodeIdentity> make_key(env::Disk& disk, runtime::Random& random, const std::string& path) {
  std::string raw(kSeedBytes, '\0');
  random.fill({reinterpret_cast<unsigned char*>(raw.data()), raw.size()});
  NodeIdentity identity{.id = {}, .seed = Secret(std::move(raw)), .is_new = true};
  TRY(identity.id, public_of(identity.seed));
  CHECK_OK(env::replace_file(disk, path, std::string(identity.seed.reveal()).append(identity.id.view()), 0600));
  return identity;
}

}  // namespace

Result<NodeIdentity> load_or_create_identity(env::Disk& disk, runtime::Random& random,
                                             const std::string& metadata_dir) {
  const std::string path = metadata_dir + "/node_key";
  NodeIdentity identity;
  auto content = env::read_file(disk, path);
  if (content) {
    TRY(identity, read_key(path, std::move(*content)));
  } else if (content.error().kind == ErrorKind::kNotFound) {
    TRY(identity, make_key(disk, random, path));
  } else {
    return std::unexpected(content.error().within("Unable to read the node key"));
  }
  // For the command line, which may run as somebody who must not read the other file.
  const auto shown = env::read_file(disk, path + ".pub");
  if (!shown || *shown != identity.id.view())
    CHECK_OK(env::replace_file(disk, path + ".pub", identity.id.view(), 0644));
  return identity;
}

Result<NodeId> read_node_id(env::Disk& disk, const std::string& metadata_dir) {
  const std::string path = metadata_dir + "/node_key.pub";
  auto content = env::read_file(disk, path);
  if (!content && content.error().kind == ErrorKind::kNotFound) {
    return fail(ErrorKind::kNotFound,
                fmt::format("Unable to read node key {}: it is created when the daemon (`garage server`) starts for "
                            "the first time",
                            path));
  }
  if (!content) return std::unexpected(content.error().within("Unable to read node key"));
  const auto id = NodeId::from_raw(*content);
  if (!id)
    return fail(ErrorKind::kCorrupt,
                fmt::format("Node key {} is corrupt: it has {} bytes instead of 32", path, content->size()));
  return *id;
}

}  // namespace garage::admin

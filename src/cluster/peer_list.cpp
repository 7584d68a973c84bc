#include "cluster/peer_list.hpp"

#include "base/log.hpp"
#include "codec/tlv.hpp"
#include "env/small_file.hpp"

namespace garage::cluster {
namespace {

constexpr std::string_view kRowKey = "peer_list";
constexpr uint8_t kFormat = 1;
enum Tag : uint32_t { kPeers = 1 };

}  // namespace

std::string encode_peer_list(const std::vector<KnownPeer>& peers) {
  codec::TlvWriter writer(kFormat);
  writer.bytes(kPeers, encode_peers(peers));
  return std::move(writer).finish(kRowKey);
}

Result<std::vector<KnownPeer>> decode_peer_list(std::string_view content) {
  TRY(auto reader, codec::TlvReader::open(kRowKey, content, kFormat));
  std::vector<KnownPeer> peers;
  while (reader.next()) {
    if (reader.tag() == kPeers) {
      TRY(peers, decode_peers(reader.bytes()));
    }
  }
  CHECK_OK(reader.status());
  return peers;
}

std::vector<KnownPeer> PeerList::load() {
  if (path_.empty()) return {};
  const auto content = env::read_file(disk_, path_);
  if (!content) {
    if (content.error().kind != ErrorKind::kNotFound) LOG_WARN("cluster", "peer_list: {}", content.error().message);
    return {};
  }
  auto peers = decode_peer_list(*content);
  if (!peers) {
    LOG_WARN("cluster", "peer_list is damaged ({}): peers are looked for anew", peers.error().message);
    return {};
  }
  saved_ = *content;
  return std::move(*peers);
}

Task<void> PeerList::save(std::vector<KnownPeer> peers) {
  std::string content = encode_peer_list(peers);
  if (path_.empty() || content == saved_) co_return;
  const auto written =
      co_await runtime::run_on(disk_pool_, [this, &content] { return env::replace_file(disk_, path_, content, 0600); });
  if (written) {
    saved_ = std::move(content);
  } else if (!failing_) {
    LOG_WARN("cluster", "cannot save peer_list: {}", written.error().message);
  }
  failing_ = !written;
}

}  // namespace garage::cluster

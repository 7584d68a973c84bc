#include "cluster/peer_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace garage::cluster {

bool is_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (text.size() > kAddressBytesMax || colon == std::string_view::npos || colon == 0) return false;
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) return false;
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0;
}

Result<PeerName> parse_peer_name(std::string_view text) {
  const size_t at = text.find('@');
  if (at != std::string_view::npos) {
    const auto id = NodeId::from_hex(text.substr(0, at));
    if (id && is_address(text.substr(at + 1))) return PeerName{*id, std::string(text.substr(at + 1))};
  }
  return fail(ErrorKind::kInvalid,
              fmt::format("Unable to parse or resolve node specification '{}': expected <id>@<host>:<port>",
                          text.substr(0, kAddressBytesMax)));
}

std::string host_of(const std::string& address) {
  std::string host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

std::string short_id(const NodeId& id) {
  return id.hex().substr(0, 16);
}

}  // namespace garage::cluster

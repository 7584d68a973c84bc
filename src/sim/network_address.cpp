#include "sim/network_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace garage::sim {
namespace {

constexpr NodeIndex kNodesPerThirdByte = 250;

template <class T>
std::optional<T> number(std::string_view digits) {
  T out{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

bool is_ipv4(std::string_view host) {
  for (int i = 0; i < 4; ++i) {
    const size_t dot = std::min(host.find('.'), host.size());
    if ((dot == host.size()) != (i == 3) || !number<uint8_t>(host.substr(0, dot))) return false;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return host.empty();
}

bool is_ipv6(std::string_view host) {
  return host.find("::") != std::string_view::npos &&
         host.find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos;
}

std::unexpected<Error> invalid(std::string_view text, std::string_view why) {
  return fail(ErrorKind::kInvalid, fmt::format("\"{}\": {}", text, why));
}

}  // namespace

std::string ip_of(NodeIndex node) {
  return fmt::format("10.0.{}.{}", node / kNodesPerThirdByte, node % kNodesPerThirdByte + 1);
}

bool is_ip_literal(std::string_view host) {
  return is_ipv4(host) || is_ipv6(host);
}

Result<HostAndPort> parse_host_and_port(std::string_view text) {
  HostAndPort out;
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid(text, "a port is missing");
  std::string_view host = text.substr(0, colon);
  const auto port = number<uint16_t>(text.substr(colon + 1));
  if (!port) return invalid(text, "the port is not a number up to 65535");
  if (host.starts_with('[') != host.ends_with(']')) return invalid(text, "unpaired bracket");
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) return invalid(text, "not an IPv6 address in the brackets");
  } else if (host.find(':') != std::string_view::npos) {
    return invalid(text, "an IPv6 address stands in brackets");
  }
  if (host.empty()) return invalid(text, "a host is missing");
  out.host = host;
  out.port = *port;
  return out;
}

Result<ParsedAddress> parse_address(std::string_view text) {
  if (text.starts_with('/')) return ParsedAddress{.host = {}, .path = std::string(text)};
  TRY(HostAndPort parts, parse_host_and_port(text));
  if (!is_ip_literal(parts.host)) return invalid(text, "not an IP address");
  return ParsedAddress{.host = std::move(parts.host), .port = parts.port, .path = {}};
}

std::optional<NodeIndex> route(std::string_view host, NodeIndex self, NodeIndex node_count) {
  if (host.empty() || host.starts_with("127.") || host == "0.0.0.0" || host == "::" || host == "::1") return self;
  for (NodeIndex node = 0; node < node_count; ++node) {
    if (host == ip_of(node)) return node;
  }
  return std::nullopt;
}

}  // namespace garage::sim

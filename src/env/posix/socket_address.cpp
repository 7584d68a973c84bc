#include "env/posix/socket_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>

#include "env/host_and_port.hpp"

namespace garage::env::posix {
namespace {

template <class Specific>
Specific view_as(const SocketAddress& address) {
  Specific specific;
  std::memcpy(&specific, &address.storage, sizeof specific);
  return specific;
}

template <class Specific>
SocketAddress from(const Specific& specific, size_t length = sizeof(Specific)) {
  SocketAddress out;
  std::memcpy(&out.storage, &specific, sizeof specific);
  out.length = static_cast<socklen_t>(length);
  return out;
}

std::optional<SocketAddress> parse_path(std::string_view path) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  if (path.size() >= sizeof un.sun_path || path.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(un.sun_path, path.data(), path.size());
  return from(un, offsetof(sockaddr_un, sun_path) + path.size() + 1);
}

std::optional<SocketAddress> parse_ip(const HostAndPort& parts, bool bracketed) {
  if (bracketed) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(parts.port);
    if (inet_pton(AF_INET6, parts.host.c_str(), &six.sin6_addr) != 1) return std::nullopt;
    return from(six);
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(parts.port);
  if (inet_pton(AF_INET, parts.host.c_str(), &four.sin_addr) != 1) return std::nullopt;
  return from(four);
}

std::string ip_text(int family, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, bytes, text.data(), text.size()) ? text.data() : "?";
}

std::string unix_path(const SocketAddress& address) {
  const auto un = view_as<sockaddr_un>(address);
  constexpr size_t kHeader = offsetof(sockaddr_un, sun_path);
  if (address.length <= kHeader) return "";
  return std::string(un.sun_path, strnlen(un.sun_path, address.length - kHeader));
}

}  // namespace

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  std::optional<SocketAddress> parsed;
  if (text.starts_with('/')) {
    parsed = parse_path(text);
  } else if (auto parts = split_host_and_port(text)) {
    parsed = parse_ip(*parts, text.starts_with('['));
  }
  if (!parsed) {
    return fail(ErrorKind::kInvalid,
                fmt::format("'{}' is not an address (ip:port, [ipv6]:port or /path of a Unix socket)", text));
  }
  return *parsed;
}

Address SocketAddress::address() const {
  switch (family()) {
    case AF_INET: {
      const auto four = view_as<sockaddr_in>(*this);
      return {fmt::format("{}:{}", ip_text(AF_INET, &four.sin_addr), ntohs(four.sin_port))};
    }
    case AF_INET6: {
      const auto six = view_as<sockaddr_in6>(*this);
      const uint16_t port = ntohs(six.sin6_port);
      if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
        return {fmt::format("{}:{}", ip_text(AF_INET, six.sin6_addr.s6_addr + 12), port)};
      }
      return {fmt::format("[{}]:{}", ip_text(AF_INET6, &six.sin6_addr), port)};
    }
    case AF_UNIX:
      return {unix_path(*this)};
    default:
      return {};
  }
}

}  // namespace garage::env::posix

#include "env/posix/own_addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/log.hpp"
#include "env/posix/os_error.hpp"
#include "env/posix/subnet.hpp"

namespace garage::env::posix {
namespace {

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* done = nullptr;
  if (address->sa_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, address, sizeof four);
    done = inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, address, sizeof six);
    if (!IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr)) done = inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
  }
  return done ? done : "";
}

}  // namespace

Result<std::vector<std::string>> own_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    return fail(ErrorKind::kIo, "cannot list the addresses of this machine: " + errno_text(errno));
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  std::vector<std::string> out;
  for (const ifaddrs* entry = first; entry; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    if (auto text = text_of(entry->ifa_addr); !text.empty()) out.push_back(std::move(text));
  }
  return out;
}

Result<std::optional<std::string>> own_address(const std::optional<std::string>& subnet) {
  std::optional<Subnet> wanted;
  if (subnet) {
    TRY(wanted, Subnet::parse(*subnet));
    if (wanted->had_host_bits()) LOG_WARN("env", "the network {} is taken as {}", *subnet, wanted->text());
  }
  TRY(const auto addresses, own_addresses());
  for (const std::string& address : addresses) {
    if (!wanted || wanted->contains(address)) return address;
  }
  return std::optional<std::string>();
}

std::string with_port(const std::string& ip, std::string_view port) {
  std::string out = ip.contains(':') ? "[" + ip + "]" : ip;
  return out.append(":").append(port);
}

}  // namespace garage::env::posix

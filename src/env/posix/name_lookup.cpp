#include "env/posix/name_lookup.hpp"

#include <fmt/format.h>
#include <netdb.h>
#ifdef GARAGE_STATIC
#include <nss.h>
#endif

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "env/posix/os_error.hpp"
#include "env/posix/socket_address.hpp"

namespace garage::env::posix {
namespace {

std::unexpected<Error> lookup_error(const std::string& host, int code, int error) {
  const bool unknown = code == EAI_NONAME || code == EAI_NODATA;
  return fail(unknown ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
              fmt::format("cannot resolve {}: {}", host, code == EAI_SYSTEM ? errno_text(error) : gai_strerror(code)));
}

// What /etc/nsswitch.conf may name are plug-ins, which a static program cannot load unless they are of the very same
// build of the C library. It has these two ways in itself.
void ask_files_and_dns_only() {
#ifdef GARAGE_STATIC
  [[maybe_unused]] static const int done = __nss_configure_lookup("hosts", "files dns");
#endif
}

}  // namespace

Result<std::vector<Address>> look_up(const HostAndPort& where) {
  ask_files_and_dns_only();
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &wanted, &found);
      code != 0) {
    return lookup_error(where.host, code, errno);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
    SocketAddress address;
    if (entry->ai_addrlen > sizeof address.storage) continue;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    addresses.push_back(address.address());
  }
  return addresses;
}

}  // namespace garage::env::posix

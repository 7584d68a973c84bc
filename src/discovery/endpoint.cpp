#include "discovery/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "discovery/ip_literal.hpp"
#include "env/host_and_port.hpp"

namespace garage::discovery {
namespace {

constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;

bool is_bearable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '?' || c == '#' || c == '@' || c == '"' || c == '\\') return false;
  }
  return !text.empty();
}

}  // namespace

std::string Endpoint::url() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", join_host_port(host, port), prefix);
}

Result<Endpoint> parse_endpoint(std::string_view url) {
  const auto bad = [url] {
    return fail(ErrorKind::kInvalid, fmt::format("expected http://host:port or https://host:port, found \"{}\"", url));
  };
  Endpoint out;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    out.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return bad();
  }
  if (!is_bearable(rest)) return bad();
  const size_t slash = std::min(rest.find('/'), rest.size());
  out.prefix = rest.substr(slash);
  while (out.prefix.ends_with('/')) out.prefix.pop_back();
  const std::string_view authority = rest.substr(0, slash);
  if (auto both = env::split_host_and_port(authority); both && both->port > 0) {
    out.host = std::move(both->host);
    out.port = both->port;
    return out;
  }
  std::string_view host = authority;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || (host.find(':') != std::string_view::npos && !is_ip(host))) return bad();
  out.host = host;
  out.port = out.tls ? kHttpsPort : kHttpPort;
  return out;
}

}  // namespace garage::discovery

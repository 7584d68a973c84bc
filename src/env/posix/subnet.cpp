#include "env/posix/subnet.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <charconv>
#include <optional>

namespace garage::env::posix {
namespace {

struct Ip {
  int family = AF_INET;
  std::array<unsigned char, 16> bytes{};
};

std::optional<Ip> parse_ip(std::string_view text) {
  Ip ip;
  const std::string copy(text);
  if (text.contains(':')) ip.family = AF_INET6;
  if (inet_pton(ip.family, copy.c_str(), ip.bytes.data()) != 1) return std::nullopt;
  return ip;
}

bool bit(const std::array<unsigned char, 16>& bytes, unsigned index) {
  return (bytes[index / 8] >> (7 - index % 8) & 1) != 0;
}

}  // namespace

Result<Subnet> Subnet::parse(std::string_view text) {
  const auto invalid = [text] {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is not a network such as 10.0.0.0/8", text));
  };
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return invalid();
  const auto ip = parse_ip(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  Subnet out;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.prefix_);
  if (!ip || error != std::errc() || end != digits.data() + digits.size()) return invalid();
  const unsigned bits = ip->family == AF_INET ? 32 : 128;
  if (out.prefix_ > bits) return invalid();
  out.family_ = ip->family;
  out.bytes_ = ip->bytes;
  for (unsigned i = out.prefix_; i < bits; ++i) {
    if (!bit(out.bytes_, i)) continue;
    out.had_host_bits_ = true;
    out.bytes_[i / 8] = static_cast<unsigned char>(out.bytes_[i / 8] & ~(0x80u >> i % 8));
  }
  return out;
}

bool Subnet::contains(std::string_view text) const {
  const auto ip = parse_ip(text);
  if (!ip || ip->family != family_) return false;
  for (unsigned i = 0; i < prefix_; ++i) {
    if (bit(ip->bytes, i) != bit(bytes_, i)) return false;
  }
  return true;
}

std::string Subnet::text() const {
  std::array<char, INET6_ADDRSTRLEN> ip{};
  return fmt::format("{}/{}", inet_ntop(family_, bytes_.data(), ip.data(), ip.size()) ? ip.data() : "?", prefix_);
}

}  // namespace garage::env::posix

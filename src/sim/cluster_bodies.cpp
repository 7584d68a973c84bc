#include "sim/cluster_bodies.hpp"

#include <algorithm>

#include "crypto/digest.hpp"

namespace garage::sim {
namespace {

constexpr uint64_t kStock = 3;  // different blocks that bodies share

std::string stock_block(uint64_t which, size_t bytes) {
  std::string out(bytes, static_cast<char>('a' + which));  // the first one compresses well
  if (which > 0) SimRandom(which).fill({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  return out;
}

crypto::Md5Digest md5_of(std::string_view bytes) {
  crypto::Md5 md5;
  md5.update(bytes);
  return md5.finish();
}

std::string etag_of(const ClusterBody& body, size_t parts) {
  model::ETag etag;
  if (parts == 0) {
    etag.md5 = md5_of(body.bytes);
    return etag.text();
  }
  std::string digests;
  for (const auto& part : body.parts) digests += crypto::view(md5_of(part));
  etag.md5 = md5_of(digests);
  etag.parts = static_cast<uint32_t>(parts);
  return etag.text();
}

}  // namespace

std::string ClusterBodies::piece(SimRandom& random, const std::string& tail) {
  const uint64_t drawn = random.below(10);
  if (drawn < 4) return tail + std::string(random.below(2000), '.');
  // More than what lies beside the row, in blocks.
  std::string out;
  while (out.size() < (20u << 10) || random.chance(0.5)) out += stock_block(random.below(kStock), block_bytes_);
  return out + tail + std::string(random.below(block_bytes_ / 2), '.');
}

uint64_t ClusterBodies::make(SimRandom& random, size_t parts) {
  const uint64_t number = bodies_.size() + 1;
  ClusterBody body;
  for (size_t part = 0; part < std::max<size_t>(parts, 1); ++part) {
    body.parts.push_back(piece(random, "<" + std::to_string(number) + "/" + std::to_string(part) + ">"));
    // All parts but the last have a least size.
    if (part + 1 < parts) body.parts.back() += stock_block(0, 5000);
    body.bytes += body.parts.back();
  }
  body.etag = etag_of(body, parts);
  by_etag_[body.etag] = number;
  bodies_[number] = std::move(body);
  return number;
}

std::optional<uint64_t> ClusterBodies::number_of(const std::string& etag) const {
  const auto found = by_etag_.find(etag);
  if (found == by_etag_.end()) return std::nullopt;
  return found->second;
}

Task<Result<size_t>> TextSource::read(std::span<char> out) {
  const size_t count = std::min({out.size(), bytes_.size() - offset_, size_t{9000}});
  std::copy_n(bytes_.data() + offset_, count, out.data());
  offset_ += count;
  co_return count;
}

}  // namespace garage::sim

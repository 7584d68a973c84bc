#include "sim/random.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace garage::sim {
namespace {

uint64_t splitmix64(uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

}  // namespace

SimRandom::SimRandom(uint64_t seed) {
  for (uint64_t& word : state_) word = splitmix64(seed);
}

uint64_t SimRandom::next() {
  const uint64_t out = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return out;
}

void SimRandom::fill(std::span<unsigned char> out) {
  for (size_t at = 0; at < out.size(); at += sizeof(uint64_t)) {
    const uint64_t word = next();
    std::memcpy(out.data() + at, &word, std::min(sizeof word, out.size() - at));
  }
}

bool SimRandom::chance(double probability) {
  if (probability <= 0) return false;  // without a draw, so that a fault that is off costs nothing
  return static_cast<double>(next() >> 11) < probability * 0x1p53;
}

uint64_t SimRandom::between(uint64_t lowest, uint64_t highest) {
  return highest <= lowest ? lowest : lowest + below(highest - lowest + 1);
}

Duration SimRandom::between(Duration shortest, Duration longest) {
  return Duration(static_cast<int64_t>(
      between(static_cast<uint64_t>(shortest.count()), static_cast<uint64_t>(std::max(shortest, longest).count()))));
}

Duration SimRandom::around(Duration mean) {
  Duration out = between(Duration(0), mean);
  for (int doublings = 0; doublings < 7 && chance(0.5); ++doublings) out += mean;
  return out;
}

}  // namespace garage::sim

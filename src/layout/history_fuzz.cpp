// Any fields under a proper checksum, of either format: what is accepted as a history reads back the same, merges with
// itself to itself, and can be asked everything.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "crypto/crc.hpp"
#include "layout/stages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage;
  if (size == 0) return 0;
  std::string value(1, data[0] % 2 == 0 ? '\x01' : '\x02');  // the format version
  value.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const uint32_t crc = crypto::crc32c_extend(crypto::crc32c("cluster_layout"), value);
  for (int i = 0; i < 4; ++i) value.push_back(static_cast<char>(crc >> (8 * i)));

  const auto history = layout::decode_history(value);
  if (!history) return 0;
  ASSERT(*layout::decode_history(layout::encode_history(*history)) == *history, "round trip");
  layout::History merged = *history;
  layout::settle(merged);
  const layout::History settled = merged;
  ASSERT(layout::merge(merged, *history) && merged == settled, "nothing new in itself");
  for (const uint32_t partition : {0u, 1u, 2047u, 70'000u}) {
    (void)layout::replica_sets(merged, layout::enterable_stage(merged), partition);
    (void)layout::block_sets(merged, layout::enterable_stage(merged), partition);
  }
  (void)layout::waiting_for(merged);
  (void)layout::next_version(layout::current_layout(merged));
  return 0;
}

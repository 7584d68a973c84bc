// Any bytes, as what a peer tells and as the file of peers: nothing crashes, and what is accepted can be said again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "cluster/messages.hpp"
#include "cluster/peer_list.hpp"
#include "cluster/peer_name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace garage::cluster;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto peers = decode_peers(input)) {
    ASSERT(peers->size() <= kPeersMax, "bounded");
    for (const auto& peer : *peers) ASSERT(peer.addresses.size() <= kAddressesPerPeerMax, "bounded");
    const auto again = decode_peers(encode_peers(*peers));
    ASSERT(again && *again == *peers, "what was understood can be said");
  }
  if (const auto status = decode_status(input)) {
    ASSERT(status->documents.size() <= kDocumentsMax, "bounded");
    const std::string said = encode_status(*status);
    const auto again = decode_status(said);
    ASSERT(again && encode_status(*again) == said, "what was understood can be said");
  }
  if (const auto question = decode_page_question(input)) {
    const auto again = decode_page_question(encode_page_question(*question));
    ASSERT(again && *again == *question, "what was understood can be said");
  }
  if (const auto page = decode_page(input)) {
    const auto again = decode_page(encode_page(*page));
    ASSERT(again && again->bytes == page->bytes && again->next_from == page->next_from,
           "what was understood can be said");
  }
  (void)decode_peer_list(input);
  if (const auto name = parse_peer_name(input)) ASSERT(is_address(name->address), "an address was checked");
  return 0;
}

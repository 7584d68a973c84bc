// Where a TLS session takes ciphertext from and puts it to: plain memory that the pump reads and writes in place.
// OpenSSL's own memory BIO copies each byte once more in both directions.
#pragma once

#include <string>
#include <string_view>

struct bio_st;  // OpenSSL's BIO
struct ssl_st;  // OpenSSL's SSL

namespace garage::net {

// Threads: one at a time. Outlives the session that it was given to.
class TlsMemory {
 public:
  TlsMemory() = default;
  TlsMemory(const TlsMemory&) = delete;

  // False where OpenSSL has no memory left.
  bool give_to(ssl_st* session);

  // Borrowed until it is used up, which the session does before it says that it needs more.
  void feed(std::string_view ciphertext);
  size_t output_bytes() const { return output_.size(); }
  // Swaps: what `into` has room for is used again.
  void take_output(std::string& into);

 private:
  struct Calls;  // from OpenSSL

  std::string_view input_;
  std::string output_;
};

}  // namespace garage::net

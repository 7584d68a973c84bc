// Looks at what a stranger sends before OpenSSL does: how long are the handshake messages that it announces?
//
// OpenSSL believes a ClientHello that says it will be 128 KiB long, and makes room for it at once: four bytes from
// anybody would take that much, for as long as a handshake may last. Ours has a few hundred bytes.
//
// What is encrypted is passed by (a certificate has its bound in tls_context.cpp), and what is no TLS at all is left to
// OpenSSL to refuse. Threads: one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace garage::net {

inline constexpr size_t kHandshakeMessageBytesMax = 16 * 1024;

class HandshakeWatch {
 public:
  // The next bytes of the stream, however they are cut. False from the first message on that announces too much.
  bool admits(std::string_view bytes);

 private:
  static constexpr size_t kRecordHeadBytes = 5;   // type, version, length
  static constexpr size_t kMessageHeadBytes = 4;  // type, length

  void take_record_head(uint8_t byte);
  bool take_message_head(uint8_t byte);
  // Of what lies within the present record: how much passes at once.
  size_t passing(size_t available) const;

  std::array<uint8_t, kRecordHeadBytes> record_head_{};
  std::array<uint8_t, kMessageHeadBytes> message_head_{};
  size_t record_head_bytes_ = 0, message_head_bytes_ = 0;  // gathered
  size_t record_left_ = 0, message_left_ = 0;              // still to come
  bool is_handshake_ = false;                              // the present record
  bool blind_ = false;                                     // it is no TLS
  bool refused_ = false;
};

}  // namespace garage::net

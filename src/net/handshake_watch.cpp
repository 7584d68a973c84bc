#include "net/handshake_watch.hpp"

#include <algorithm>

namespace garage::net {
namespace {

constexpr uint8_t kFirstRecordType = 20;  // change cipher spec, alert, handshake, application data
constexpr uint8_t kHandshake = 22;
constexpr uint8_t kLastRecordType = 23;

}  // namespace

void HandshakeWatch::take_record_head(uint8_t byte) {
  record_head_[record_head_bytes_++] = byte;
  const uint8_t type = record_head_[0];
  blind_ = type < kFirstRecordType || type > kLastRecordType;
  if (record_head_bytes_ < kRecordHeadBytes) return;
  is_handshake_ = type == kHandshake;
  record_left_ = size_t{record_head_[3]} << 8 | record_head_[4];
  record_head_bytes_ = 0;
}

bool HandshakeWatch::take_message_head(uint8_t byte) {
  message_head_[message_head_bytes_++] = byte;
  if (message_head_bytes_ < kMessageHeadBytes) return true;
  message_left_ = size_t{message_head_[1]} << 16 | size_t{message_head_[2]} << 8 | message_head_[3];
  message_head_bytes_ = 0;
  return message_left_ <= kHandshakeMessageBytesMax;
}

size_t HandshakeWatch::passing(size_t available) const {
  const size_t within = std::min(available, record_left_);
  return is_handshake_ ? std::min(within, message_left_) : within;
}

bool HandshakeWatch::admits(std::string_view bytes) {
  while (!bytes.empty() && !blind_ && !refused_) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    if (record_left_ == 0) {
      take_record_head(byte);
      bytes.remove_prefix(1);
    } else if (const size_t size = passing(bytes.size()); size > 0) {
      record_left_ -= size;
      if (is_handshake_) message_left_ -= size;
      bytes.remove_prefix(size);
    } else {
      refused_ = !take_message_head(byte);
      --record_left_;
      bytes.remove_prefix(1);
    }
  }
  return !refused_;
}

}  // namespace garage::net

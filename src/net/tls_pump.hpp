// Moves a TLS session's bytes over a stream. Shared by a TLS stream and by the calls that are under way on it, so that
// these end well when the stream is dropped.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "env/network.hpp"
#include "net/tls_records.hpp"
#include "runtime/signal.hpp"
#include "runtime/task_group.hpp"

namespace garage::net {

class TlsPump {
 public:
  TlsPump(std::unique_ptr<env::Stream> below, std::unique_ptr<TlsRecords> session)
      : below_(std::move(below)), session_(std::move(session)) {}

  env::Stream& below() { return *below_; }
  // Nothing is being sent, nor waits to be.
  bool at_rest() const { return background_.running() == 0 && !session_->has_output(); }

  // Static, because a call keeps the pump alive until it returns.
  static Task<Result<void>> handshake(std::shared_ptr<TlsPump> self, MonotonicTime deadline);
  static Task<Result<size_t>> read_some(std::shared_ptr<TlsPump> self, std::span<char> out, MonotonicTime deadline);
  static Task<Result<void>> write_all(std::shared_ptr<TlsPump> self, std::span<const std::string_view> pieces,
                                      MonotonicTime deadline);
  static void finish_writing(const std::shared_ptr<TlsPump>& self);

 private:
  static Task<bool> wait_for_turn(std::shared_ptr<TlsPump> self, MonotonicTime deadline);
  static Task<Result<void>> flush(std::shared_ptr<TlsPump> self, MonotonicTime deadline);
  static Task<Result<void>> receive(std::shared_ptr<TlsPump> self, MonotonicTime deadline);
  void note_write();
  static Task<void> flush_in_background(std::shared_ptr<TlsPump> self, bool finish);

  std::unique_ptr<env::Stream> below_;
  std::unique_ptr<TlsRecords> session_;
  std::string received_;  // where ciphertext arrives; one reader at a time
  bool filled_ = false;   // the last read took all the room
  std::string outgoing_;  // what is being sent
  unsigned small_writes_ = 0;
  size_t reply_bytes_ = 0;  // which the session added of itself to what is not being sent yet
  bool sending_ = false;    // somebody is in below_->write_all()
  bool finished_ = false;   // no more plaintext from us
  bool failed_ = false;     // a write was left half done
  runtime::Signal sent_;
  runtime::TaskGroup background_;
};

}  // namespace garage::net

#include "net/tls_stream.hpp"

#include "net/part.hpp"
#include "net/tls_pump.hpp"
#include "net/tls_session.hpp"

namespace garage::net {

TlsStream::TlsStream(std::shared_ptr<TlsPump> pump, TlsSession& session) : pump_(std::move(pump)), session_(session) {}

TlsStream::~TlsStream() {
  close();
}

Task<Result<std::unique_ptr<TlsStream>>> TlsStream::accept(std::unique_ptr<env::Stream> below, TlsIdentity self,
                                                           std::optional<NodeId> expected_peer,
                                                           MonotonicTime deadline) {
  CO_TRY(auto session, TlsSession::make(self.context(), TlsSession::Side::kAccept, expected_peer, {}));
  TlsSession& known = *session;
  auto pump = std::make_shared<TlsPump>(std::move(below), std::move(session));
  const auto done = co_await TlsPump::handshake(pump, deadline);
  if (!done) {
    // The client may have spoken already: without reading it first, closing would take the alert back.
    co_await part_politely(pump->below(), deadline);
    co_return std::unexpected(done.error());
  }
  co_return std::unique_ptr<TlsStream>(new TlsStream(std::move(pump), known));
}

Task<Result<std::unique_ptr<TlsStream>>> TlsStream::connect(std::unique_ptr<env::Stream> below, TlsIdentity self,
                                                            std::optional<NodeId> expected_peer, std::string sni,
                                                            MonotonicTime deadline) {
  CO_TRY(auto session, TlsSession::make(self.context(), TlsSession::Side::kConnect, expected_peer, std::move(sni)));
  TlsSession& known = *session;
  auto pump = std::make_shared<TlsPump>(std::move(below), std::move(session));
  CO_CHECK_OK(co_await TlsPump::handshake(pump, deadline));
  co_return std::unique_ptr<TlsStream>(new TlsStream(std::move(pump), known));
}

Task<Result<size_t>> TlsStream::read_some(std::span<char> out, MonotonicTime deadline) {
  return TlsPump::read_some(pump_, out, deadline);
}

Task<Result<void>> TlsStream::write_all(std::span<const std::string_view> pieces, MonotonicTime deadline) {
  return TlsPump::write_all(pump_, pieces, deadline);
}

void TlsStream::finish_writing() {
  TlsPump::finish_writing(pump_);
}

void TlsStream::close() {
  pump_->below().close();
}

env::Address TlsStream::peer_address() const {
  return pump_->below().peer_address();
}

Result<void> TlsStream::leave_loop() {
  if (!pump_->at_rest()) return fail(ErrorKind::kClosed, "the connection is at work");
  return pump_->below().leave_loop();
}

Result<void> TlsStream::enter_loop() {
  return pump_->below().enter_loop();
}

const NodeId& TlsStream::peer_id() const {
  return session_.peer_id();
}

Result<std::array<unsigned char, 32>> TlsStream::exporter(std::string_view label) const {
  return session_.exporter(label);
}

void TlsStream::renew_keys() {
  session_.renew_keys();
}

}  // namespace garage::net

#include "net/handshake.hpp"

#include <array>

#include "net/message.hpp"
#include "net/part.hpp"
#include "net/tls_stream.hpp"

namespace garage::net {
namespace {

constexpr Sender other(Sender sender) {
  return sender == Sender::kDialler ? Sender::kAcceptor : Sender::kDialler;
}

// The HELLO exchange of one connection.
class Greeting {
 public:
  Greeting(std::unique_ptr<TlsStream> stream, std::shared_ptr<const Credentials> self, Sender we,
           MonotonicTime deadline)
      : stream_(std::move(stream)),
        reader_(*stream_, kHelloBytesMax),
        self_(std::move(self)),
        we_(we),
        deadline_(deadline) {}

  Result<void> prepare() {
    TRY(session_.exporter, stream_->exporter(kHelloExporterLabel));
    const bool dialling = we_ == Sender::kDialler;
    session_.dialler = dialling ? self_->identity.id() : stream_->peer_id();
    session_.acceptor = dialling ? stream_->peer_id() : self_->identity.id();
    peer_.id = stream_->peer_id();
    peer_.address = stream_->peer_address();
    return {};
  }

  Task<Result<void>> send_hello() {
    co_return co_await send(FrameType::kHello, encode_hello(self_->facts, we_, session_, self_->rpc_secret));
  }

  Task<Result<void>> receive_hello() {
    CO_TRY(const Frame frame, co_await reader_.next(deadline_));
    auto judged = judge(frame);
    if (!judged && frame.head.type == FrameType::kHello) co_await refuse(judged.error());
    co_return judged;
  }

  std::shared_ptr<Link> finish(Duration write_timeout) {
    return std::make_shared<Link>(std::move(stream_), std::move(reader_), std::move(peer_), we_ == Sender::kDialler,
                                  write_timeout);
  }

 private:
  Result<void> judge(const Frame& frame) {
    if (frame.head.stream == 0 && frame.head.type == FrameType::kError && we_ == Sender::kDialler) {
      // From the node that we expect, or TLS would have ended: its words may be shown.
      Error error = decode_error(frame.payload);
      error.message = one_line(error.message);
      return std::unexpected(error.within("refused by the node"));
    }
    if (frame.head.stream != 0 || frame.head.type != FrameType::kHello)
      return fail(ErrorKind::kCorrupt, "the peer does not begin with HELLO");
    TRY(peer_.facts, decode_hello(frame.payload, other(we_), session_, self_->rpc_secret));
    TRY(peer_.protocol, common_protocol(self_->facts.protocols, peer_.facts.protocols));
    return {};
  }

  Task<void> refuse(Error reason) {
    const auto sent = co_await send(FrameType::kError, encode_error(reason));
    if (sent) co_await part_politely(*stream_, deadline_);
  }

  Task<Result<void>> send(FrameType type, std::string payload) {
    const std::string frame = encode_frame({.stream = 0, .type = type}, payload);
    const std::array<std::string_view, 1> pieces{frame};
    co_return co_await stream_->write_all(pieces, deadline_);
  }

  std::unique_ptr<TlsStream> stream_;
  FrameReader reader_;
  std::shared_ptr<const Credentials> self_;
  Sender we_;
  MonotonicTime deadline_;
  HelloSession session_;
  PeerInfo peer_;
};

}  // namespace

Task<Result<std::shared_ptr<Link>>> dial_link(std::unique_ptr<env::Stream> stream,
                                              std::shared_ptr<const Credentials> self, NodeId expected, std::string sni,
                                              MonotonicTime deadline) {
  CO_TRY(auto tls, co_await TlsStream::connect(std::move(stream), self->identity, expected, std::move(sni), deadline));
  Greeting greeting(std::move(tls), std::move(self), Sender::kDialler, deadline);
  CO_CHECK_OK(greeting.prepare());
  CO_CHECK_OK(co_await greeting.send_hello());
  CO_CHECK_OK(co_await greeting.receive_hello());
  co_return greeting.finish(kWriteTimeout);
}

Task<Result<std::shared_ptr<Link>>> accept_link(std::unique_ptr<env::Stream> stream,
                                                std::shared_ptr<const Credentials> self, MonotonicTime deadline,
                                                Duration write_timeout) {
  auto tls = co_await TlsStream::accept(std::move(stream), self->identity, std::nullopt, deadline);
  if (!tls) {
    // In whatever way it failed: who gets no further has not even said that it means to speak to a node.
    Error error = std::move(tls).error();
    if (error.kind == ErrorKind::kDenied) error.kind = ErrorKind::kCorrupt;
    co_return std::unexpected(std::move(error));
  }
  Greeting greeting(*std::move(tls), std::move(self), Sender::kAcceptor, deadline);
  CO_CHECK_OK(greeting.prepare());
  CO_CHECK_OK(co_await greeting.receive_hello());
  CO_CHECK_OK(co_await greeting.send_hello());
  co_return greeting.finish(write_timeout);
}

}  // namespace garage::net

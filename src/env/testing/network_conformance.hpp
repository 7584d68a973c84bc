// The suite that every Network passes. Include it in one test source, then instantiate it:
//
//   INSTANTIATE_TEST_SUITE_P(Posix, NetworkConformance, ::testing::Values(NetworkCase{"posix", make_posix_network}));
//
// A world has a server side and a client side (the same machine in the real world, two nodes in the simulator). Each
// test is one coroutine, run on one loop. Time passes only in waits, and nothing here measures it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "env/network.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace garage::env::testing {

class NetworkUnderTest {
 public:
  virtual ~NetworkUnderTest() = default;
  virtual Network& server() = 0;
  virtual Network& client() = 0;
  // Free to be listened at by the server side; port 0 ("any") is allowed here, the test then asks the listener.
  virtual Address fresh_address() = 0;
  // A valid address of the server side where nobody listens.
  virtual Address silent_address() = 0;
  // Runs the task on a loop to its end.
  virtual void run(Task<void> task) = 0;
};

struct NetworkCase {
  std::string name;
  std::function<std::unique_ptr<NetworkUnderTest>()> make;
  friend void PrintTo(const NetworkCase& c, std::ostream* out) { *out << c.name; }
};

class NetworkConformance : public ::testing::TestWithParam<NetworkCase> {
 protected:
  NetworkConformance() : world_(GetParam().make()) {}
  std::unique_ptr<NetworkUnderTest> world_;
};

// Inside a coroutine: binds the value or fails the test and ends the coroutine.
#define NET_TRY(decl, ...) NET_TRY_IMPL(GARAGE_CONCAT(net_try_, __COUNTER__), decl, __VA_ARGS__)
#define NET_TRY_IMPL(tmp, decl, ...)      \
  auto tmp = (__VA_ARGS__);               \
  if (!tmp) {                             \
    ADD_FAILURE() << tmp.error().message; \
    co_return;                            \
  }                                       \
  decl = std::move(*tmp)
#define NET_CHECK_OK(...)                                 \
  do {                                                    \
    if (auto&& net_check_ = (__VA_ARGS__); !net_check_) { \
      ADD_FAILURE() << net_check_.error().message;        \
      co_return;                                          \
    }                                                     \
  } while (false)

using StreamPtr = std::unique_ptr<Stream>;
inline constexpr MonotonicTime kNoDeadline = MonotonicTime::never();
// Larger than what any implementation holds for a reader that does not read.
inline constexpr size_t kMoreThanAnyBuffer = 64u << 20;

template <class T>
ErrorKind error_kind(const Result<T>& result) {
  EXPECT_FALSE(result) << "expected an error";
  return result ? ErrorKind::kInternal : result.error().kind;
}

inline MonotonicTime soon() {
  return runtime::Loop::current()->now() + 20ms;
}

struct Pair {
  StreamPtr client;
  StreamPtr server;
};

inline Task<void> accept_into(Listener& listener, Result<StreamPtr>& out) {
  out = co_await listener.accept();
}

inline Task<Result<Pair>> connected_pair(NetworkUnderTest& world, Listener& listener) {
  Result<StreamPtr> accepted = fail(ErrorKind::kInternal, "not accepted");
  runtime::TaskGroup group;
  group.spawn(accept_into(listener, accepted));
  auto connected = co_await world.client().connect(listener.local_address(), kNoDeadline);
  if (!connected) listener.close();
  co_await group.join();
  if (!connected) co_return std::unexpected(connected.error());
  if (!accepted) co_return std::unexpected(accepted.error());
  co_return Pair{std::move(*connected), std::move(*accepted)};
}

inline Task<Result<void>> write_text(Stream& stream, std::string text) {
  const std::array<std::string_view, 1> pieces{text};
  co_return co_await stream.write_all(pieces, kNoDeadline);
}

// Exactly `length` bytes, or fewer at the end of the stream.
inline Task<Result<std::string>> read_exactly(Stream& stream, size_t length) {
  std::string out(length, '?');
  size_t got = 0;
  while (got < length) {
    CO_TRY(const size_t n, co_await stream.read_some(std::span(out).subspan(got), kNoDeadline));
    if (n == 0) break;
    got += n;
  }
  out.resize(got);
  co_return out;
}

// Bytes whose place can be told, so that a lost or doubled piece shows.
inline std::string numbered_bytes(size_t length, unsigned salt) {
  std::string out(length, '\0');
  uint32_t state = salt * 2654435761u + 1;
  for (char& c : out) {
    state = state * 1664525u + 1013904223u;
    c = static_cast<char>(state >> 24);
  }
  return out;
}

inline Task<void> write_into(Stream& stream, std::string text, Result<void>& out) {
  out = co_await write_text(stream, std::move(text));
}
inline Task<void> read_into(Stream& stream, size_t length, Result<std::string>& out) {
  out = co_await read_exactly(stream, length);
}

// --- bytes
// ---------------------------------------------------------------------------------------------------------------------

inline Task<void> bytes_arrive_both_ways(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  const std::string a = "GET /", b, c = " HTTP/1.1";
  const std::array<std::string_view, 3> pieces{a, b, c};
  NET_CHECK_OK(co_await pair.client->write_all(pieces, kNoDeadline));
  NET_TRY(std::string request, co_await read_exactly(*pair.server, 14));
  EXPECT_EQ(request, "GET / HTTP/1.1");
  NET_CHECK_OK(co_await write_text(*pair.server, "200"));
  NET_TRY(std::string answer, co_await read_exactly(*pair.client, 3));
  EXPECT_EQ(answer, "200");
  NET_CHECK_OK(co_await pair.client->write_all({}, kNoDeadline));
  EXPECT_EQ(pair.client->peer_address(), listener->local_address());
  EXPECT_FALSE(pair.server->peer_address().text.empty());
}
TEST_P(NetworkConformance, BytesArriveBothWays) {
  world_->run(bytes_arrive_both_ways(*world_));
}

inline Task<void> finish_writing_ends_one_direction(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  NET_CHECK_OK(co_await write_text(*pair.client, "last words"));
  pair.client->finish_writing();
  NET_TRY(std::string all, co_await read_exactly(*pair.server, 1000));
  EXPECT_EQ(all, "last words");
  NET_CHECK_OK(co_await write_text(*pair.server, "heard"));
  NET_TRY(std::string answer, co_await read_exactly(*pair.client, 5));
  EXPECT_EQ(answer, "heard");
}
TEST_P(NetworkConformance, FinishWritingEndsOneDirection) {
  world_->run(finish_writing_ends_one_direction(*world_));
}

inline Task<void> bytes_sent_before_closing_arrive(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  NET_CHECK_OK(co_await write_text(*pair.server, "farewell"));
  pair.server.reset();
  NET_TRY(std::string all, co_await read_exactly(*pair.client, 1000));
  EXPECT_EQ(all, "farewell");
}
TEST_P(NetworkConformance, BytesSentBeforeClosingArrive) {
  world_->run(bytes_sent_before_closing_arrive(*world_));
}

// Far more than fits between the two, in both directions at once: each side writes while it reads.
inline Task<void> large_transfers_overlap(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  constexpr size_t kLength = 9'000'001;
  const std::string up = numbered_bytes(kLength, 1), down = numbered_bytes(kLength, 2);
  Result<void> up_written, down_written;
  Result<std::string> up_read, down_read;
  runtime::TaskGroup group;
  group.spawn(write_into(*pair.client, up, up_written));
  group.spawn(write_into(*pair.server, down, down_written));
  group.spawn(read_into(*pair.server, kLength, up_read));
  group.spawn(read_into(*pair.client, kLength, down_read));
  co_await group.join();
  NET_CHECK_OK(up_written);
  NET_CHECK_OK(down_written);
  EXPECT_TRUE(up_read && *up_read == up);
  EXPECT_TRUE(down_read && *down_read == down);
}
TEST_P(NetworkConformance, LargeTransfersOverlap) {
  world_->run(large_transfers_overlap(*world_));
}

inline Task<void> many_pieces_are_one_write(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  const std::string all = numbered_bytes(50'000, 3);
  std::vector<std::string_view> pieces;
  for (size_t at = 0; at < all.size(); at += 10) pieces.push_back(std::string_view(all).substr(at, 10));
  runtime::TaskGroup group;
  Result<std::string> got;
  group.spawn(read_into(*pair.server, all.size(), got));
  auto written = co_await pair.client->write_all(pieces, kNoDeadline);
  if (!written) pair.client->close();
  co_await group.join();
  NET_CHECK_OK(written);
  EXPECT_TRUE(got && *got == all);
}
TEST_P(NetworkConformance, ManyPiecesAreOneWrite) {
  world_->run(many_pieces_are_one_write(*world_));
}

// --- deadlines
// -----------------------------------------------------------------------------------------------------------------

inline Task<void> read_deadline_leaves_the_stream_usable(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  std::array<char, 16> buffer;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(error_kind(co_await pair.server->read_some(buffer, soon())), ErrorKind::kTimeout);
  }
  NET_CHECK_OK(co_await write_text(*pair.client, "late"));
  NET_TRY(std::string text, co_await read_exactly(*pair.server, 4));
  EXPECT_EQ(text, "late");
  // An earlier, longer deadline must not hide a shorter one, nor the other way round.
  NET_CHECK_OK(co_await write_text(*pair.client, "x"));
  NET_TRY(const size_t n, co_await pair.server->read_some(buffer, runtime::Loop::current()->now() + 1h));
  EXPECT_EQ(n, 1u);
  EXPECT_EQ(error_kind(co_await pair.server->read_some(buffer, soon())), ErrorKind::kTimeout);
}
TEST_P(NetworkConformance, ReadDeadlineLeavesTheStreamUsable) {
  world_->run(read_deadline_leaves_the_stream_usable(*world_));
}

inline Task<void> writer_waits_for_the_reader(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  const std::string flood(kMoreThanAnyBuffer, 'f');
  const std::array<std::string_view, 1> pieces{flood};
  EXPECT_EQ(error_kind(co_await pair.client->write_all(pieces, soon())), ErrorKind::kTimeout);
}
TEST_P(NetworkConformance, WriterWaitsForTheReader) {
  world_->run(writer_waits_for_the_reader(*world_));
}

// --- closing
// -------------------------------------------------------------------------------------------------------------------

inline Task<void> close_ends_pending_calls(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  Result<std::string> read;
  Result<void> written;
  runtime::TaskGroup group;
  group.spawn(read_into(*pair.client, 1, read));
  group.spawn(write_into(*pair.client, std::string(kMoreThanAnyBuffer, 'f'), written));
  co_await runtime::sleep_for(1ms);
  EXPECT_EQ(group.running(), 2u);
  pair.client->close();
  pair.client->close();
  co_await group.join();
  EXPECT_EQ(error_kind(read), ErrorKind::kClosed);
  EXPECT_EQ(error_kind(written), ErrorKind::kClosed);
  std::array<char, 4> buffer;
  EXPECT_EQ(error_kind(co_await pair.client->read_some(buffer, kNoDeadline)), ErrorKind::kClosed);
  EXPECT_EQ(error_kind(co_await write_text(*pair.client, "x")), ErrorKind::kClosed);
}
TEST_P(NetworkConformance, CloseEndsPendingCalls) {
  world_->run(close_ends_pending_calls(*world_));
}

inline Task<void> the_peer_notices_the_end(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  pair.client.reset();
  std::array<char, 4> buffer;
  auto end = co_await pair.server->read_some(buffer, kNoDeadline);
  if (end) {
    EXPECT_EQ(*end, 0u);
  } else {
    EXPECT_EQ(end.error().kind, ErrorKind::kClosed);
  }
  // Nobody takes these bytes: after a while that is an error, not a wait for ever.
  Result<void> written;
  for (int i = 0; written && i < 100; ++i) {
    written = co_await write_text(*pair.server, std::string(1u << 20, 'x'));
    co_await runtime::sleep_for(1ms);
  }
  EXPECT_EQ(error_kind(written), ErrorKind::kClosed);
}
TEST_P(NetworkConformance, ThePeerNoticesTheEnd) {
  world_->run(the_peer_notices_the_end(*world_));
}

inline Task<void> closing_the_listener_ends_accept(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  Result<StreamPtr> accepted;
  runtime::TaskGroup group;
  group.spawn(accept_into(*listener, accepted));
  co_await runtime::sleep_for(1ms);
  EXPECT_EQ(group.running(), 1u);
  listener->close();
  co_await group.join();
  EXPECT_EQ(error_kind(accepted), ErrorKind::kClosed);
  EXPECT_EQ(error_kind(co_await listener->accept()), ErrorKind::kClosed);
}
TEST_P(NetworkConformance, ClosingTheListenerEndsAccept) {
  world_->run(closing_the_listener_ends_accept(*world_));
}

// --- connections and addresses
// ---------------------------------------------------------------------------------------------------

inline Task<void> serve_one_letter(StreamPtr stream) {
  NET_TRY(std::string text, co_await read_exactly(*stream, 8));
  NET_CHECK_OK(co_await write_text(*stream, text + "!"));
}
inline Task<void> serve_many(Listener& listener, int count) {
  runtime::TaskGroup group;
  for (int i = 0; i < count; ++i) {
    auto stream = co_await listener.accept();
    if (!stream) break;
    group.spawn(serve_one_letter(std::move(*stream)));
  }
  co_await group.join();
}
inline Task<void> talk(Network& network, Address address, int number, int& done) {
  NET_TRY(StreamPtr stream, co_await network.connect(address, kNoDeadline));
  const std::string text = std::to_string(10'000'000 + number);
  NET_CHECK_OK(co_await write_text(*stream, text));
  NET_TRY(std::string answer, co_await read_exactly(*stream, 100));
  EXPECT_EQ(answer, text + "!");
  ++done;
}
inline Task<void> many_connections_at_once(NetworkUnderTest& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  constexpr int kCount = 200;
  int done = 0;
  runtime::TaskGroup server, clients;
  server.spawn(serve_many(*listener, kCount));
  for (int i = 0; i < kCount; ++i) clients.spawn(talk(world.client(), listener->local_address(), i, done));
  co_await clients.join();
  listener->close();
  co_await server.join();
  EXPECT_EQ(done, kCount);
}
TEST_P(NetworkConformance, ManyConnectionsAtOnce) {
  world_->run(many_connections_at_once(*world_));
}

inline Task<void> listening_twice_is_refused(NetworkUnderTest& world) {
  NET_TRY(auto first, world.server().listen(world.fresh_address(), {}));
  const Address address = first->local_address();
  auto second = world.server().listen(address, {});
  EXPECT_EQ(error_kind(second), ErrorKind::kExists);
  if (!second) {
    EXPECT_NE(second.error().message.find(address.text), std::string::npos) << second.error().message;
  }
  first.reset();
  EXPECT_TRUE(world.server().listen(address, {}));
}
TEST_P(NetworkConformance, ListeningTwiceIsRefused) {
  world_->run(listening_twice_is_refused(*world_));
}

inline Task<void> a_shared_port_reaches_one_of_its_listeners(NetworkUnderTest& world) {
  const ListenOptions shared{.share_port = true};
  NET_TRY(auto first, world.server().listen(world.fresh_address(), shared));
  NET_TRY(auto second, world.server().listen(first->local_address(), shared));
  constexpr int kCount = 20;
  int done = 0;
  runtime::TaskGroup servers, clients;
  servers.spawn(serve_many(*first, kCount));
  servers.spawn(serve_many(*second, kCount));
  for (int i = 0; i < kCount; ++i) clients.spawn(talk(world.client(), first->local_address(), i, done));
  co_await clients.join();
  first->close();
  second->close();
  co_await servers.join();
  EXPECT_EQ(done, kCount);
}
TEST_P(NetworkConformance, ASharedPortReachesOneOfItsListeners) {
  world_->run(a_shared_port_reaches_one_of_its_listeners(*world_));
}

inline Task<void> nobody_listens(NetworkUnderTest& world) {
  auto stream = co_await world.client().connect(world.silent_address(), runtime::Loop::current()->now() + 10s);
  EXPECT_EQ(error_kind(stream), ErrorKind::kUnavailable);
}
TEST_P(NetworkConformance, ConnectingWhereNobodyListensIsUnavailable) {
  world_->run(nobody_listens(*world_));
}

inline Task<void> bad_addresses(NetworkUnderTest& world) {
  for (const char* text : {"", "nonsense", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:80x", "[::1]",
                           "[::1:80", "::1:80"}) {
    const Address address{text};
    EXPECT_EQ(error_kind(world.server().listen(address, {})), ErrorKind::kInvalid) << text;
    EXPECT_EQ(error_kind(co_await world.client().connect(address, kNoDeadline)), ErrorKind::kInvalid) << text;
  }
}
TEST_P(NetworkConformance, BadAddressesAreInvalid) {
  world_->run(bad_addresses(*world_));
}

inline Task<void> resolving_literals(NetworkUnderTest& world) {
  NET_TRY(auto four, co_await world.client().resolve("192.0.2.7:3901", kNoDeadline));
  EXPECT_EQ(four, std::vector{Address{"192.0.2.7:3901"}});
  NET_TRY(auto six, co_await world.client().resolve("[2001:db8::7]:3901", kNoDeadline));
  EXPECT_EQ(six, std::vector{Address{"[2001:db8::7]:3901"}});
  for (const char* text : {"", "nohost", ":80", "host:", "host:99999", "192.0.2.7"}) {
    EXPECT_EQ(error_kind(co_await world.client().resolve(text, kNoDeadline)), ErrorKind::kInvalid) << text;
  }
}
TEST_P(NetworkConformance, LiteralAddressesResolveToThemselves) {
  world_->run(resolving_literals(*world_));
}

}  // namespace garage::env::testing

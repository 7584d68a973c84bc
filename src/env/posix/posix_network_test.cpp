#include "env/posix/posix_network.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/testing/log_lines.hpp"
#include "env/posix/test_world.hpp"
#include "env/testing/network_conformance.hpp"

namespace garage::env::testing {
namespace {

using posix::PosixNetwork;
using posix::TestWorld;

class Loopback final : public NetworkUnderTest {
 public:
  explicit Loopback(std::string host) : host_(std::move(host)) {}
  Network& server() override { return world_->env().network; }
  Network& client() override { return world_->env().network; }
  Address fresh_address() override { return {host_ + ":0"}; }
  // A port that is bound and not listened at.
  Address silent_address() override {
    auto wanted = posix::SocketAddress::parse(host_ + ":0");
    EXPECT_TRUE(wanted);
    bound_ = posix::UniqueFd(::socket(wanted->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(bound_.get(), wanted->raw(), wanted->length), 0);
    EXPECT_EQ(::getsockname(bound_.get(), wanted->raw(), &wanted->length), 0);
    return wanted->address();
  }
  void run(Task<void> task) override { world_.run(std::move(task)); }

 private:
  std::string host_;
  posix::UniqueFd bound_;
  TestWorld world_;
};

class UnixSockets final : public NetworkUnderTest {
 public:
  UnixSockets() {
    std::string pattern = (std::filesystem::temp_directory_path() / "garage-net-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~UnixSockets() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Network& server() override { return world_->env().network; }
  Network& client() override { return world_->env().network; }
  Address fresh_address() override { return {folder_ + "/" + std::to_string(++count_)}; }
  Address silent_address() override { return {folder_ + "/nobody"}; }
  void run(Task<void> task) override { world_.run(std::move(task)); }

 private:
  std::string folder_;
  int count_ = 0;
  TestWorld world_;
};

bool has_ipv6() {
  const posix::UniqueFd fd(::socket(AF_INET6, SOCK_STREAM, 0));
  auto address = posix::SocketAddress::parse("[::1]:0");
  return fd.valid() && ::bind(fd.get(), address->raw(), address->length) == 0;
}

std::vector<NetworkCase> cases() {
  std::vector<NetworkCase> out{{"tcp4", [] { return std::make_unique<Loopback>("127.0.0.1"); }},
                               {"unix", [] { return std::make_unique<UnixSockets>(); }}};
  if (has_ipv6()) out.push_back({"tcp6", [] { return std::make_unique<Loopback>("[::1]"); }});
  return out;
}

INSTANTIATE_TEST_SUITE_P(Posix, NetworkConformance, ::testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

// --- what only the real network has
// ----------------------------------------------------------------------------------------------

TEST(SocketAddress, WritesWhatItReads) {
  for (const char* text : {"127.0.0.1:0", "10.1.2.3:65535", "[::]:3900", "[2001:db8::1]:1", "/run/garage.sock"}) {
    auto address = posix::SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->address().text, text);
  }
  EXPECT_EQ(posix::SocketAddress::parse("[::ffff:10.0.0.1]:80")->address().text, "10.0.0.1:80");
  EXPECT_FALSE(posix::SocketAddress::parse("/" + std::string(200, 'x')));
  EXPECT_FALSE(posix::SocketAddress::parse("[127.0.0.1]:80"));
  EXPECT_FALSE(posix::SocketAddress::parse("localhost:80"));
}

Task<void> replaces_a_stale_socket_file(UnixSockets& world) {
  const Address address = world.fresh_address();
  {
    NET_TRY(auto first, world.server().listen(address, {.unix_socket_mode = 0600}));
    struct stat status{};
    EXPECT_EQ(::stat(address.text.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
  }
  EXPECT_TRUE(std::filesystem::exists(address.text));
  NET_TRY(auto second, world.server().listen(address, {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *second));
  EXPECT_EQ(pair.server->peer_address(), address);
}
TEST(PosixNetwork, ReplacesAStaleSocketFile) {
  UnixSockets world;
  world.run(replaces_a_stale_socket_file(world));
}

Task<void> keeps_other_files(UnixSockets& world) {
  const Address address = world.fresh_address();
  std::ofstream(address.text) << "precious";
  EXPECT_EQ(error_kind(world.server().listen(address, {})), ErrorKind::kExists);
  EXPECT_EQ(std::filesystem::file_size(address.text), 8u);
  EXPECT_EQ(error_kind(world.server().listen({"/no/such/folder/socket"}, {})), ErrorKind::kInvalid);
  co_return;
}
TEST(PosixNetwork, DoesNotReplaceOtherFiles) {
  UnixSockets world;
  world.run(keeps_other_files(world));
}

Task<void> resolves_localhost(Network& network) {
  NET_TRY(auto addresses, co_await network.resolve("localhost:3900", kNoDeadline));
  EXPECT_FALSE(addresses.empty());
  for (const Address& address : addresses) {
    EXPECT_TRUE(address.text == "127.0.0.1:3900" || address.text == "[::1]:3900") << address.text;
  }
}
TEST(PosixNetwork, ResolvesNames) {
  TestWorld world;
  world.run(resolves_localhost(world->env().network));
}

// As stuck as the threads of a resolver whose name server is silent, until the test says otherwise.
class StuckPool final : public runtime::Pool {
 public:
  void run(runtime::Job job) override { jobs.push_back(std::move(job)); }
  std::vector<runtime::Job> jobs;
};
Task<void> gives_up_a_look_up(PosixNetwork& network, StuckPool& pool, Duration patience) {
  const MonotonicTime deadline = patience == Duration::max() ? kNoDeadline : runtime::Loop::current()->now() + patience;
  EXPECT_EQ(error_kind(co_await network.resolve("localhost:3900", deadline)), ErrorKind::kUnavailable);
  EXPECT_EQ(pool.jobs.size(), 1u);
  for (runtime::Job& job : pool.jobs) job();  // for nobody
}
TEST(PosixNetwork, WaitsForNoSilentNameServer) {
  TestWorld world;
  StuckPool pool;
  PosixNetwork network(pool, 1ms);
  world.run(gives_up_a_look_up(network, pool, Duration::max()));
  StuckPool other;
  PosixNetwork patient(other, 1h);
  world.run(gives_up_a_look_up(patient, other, 1ms));
}

// The accept loop survives running out of descriptors, and goes on when there are some again.
Task<void> accepts_after_exhaustion(Loopback& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(StreamPtr first, co_await world.client().connect(listener->local_address(), kNoDeadline));
  NET_TRY(StreamPtr second, co_await world.client().connect(listener->local_address(), kNoDeadline));
  rlimit old{};
  ::getrlimit(RLIMIT_NOFILE, &old);
  // The lowest free descriptor is where the next one would go.
  const int next = ::dup(0);
  ::close(next);
  const rlimit none_left{static_cast<rlim_t>(next), old.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none_left);
  Result<StreamPtr> accepted = fail(ErrorKind::kInternal, "not yet");
  runtime::TaskGroup group;
  group.spawn(accept_into(*listener, accepted));
  co_await runtime::sleep_for(1ms);
  EXPECT_EQ(group.running(), 1u);
  ::setrlimit(RLIMIT_NOFILE, &old);
  co_await group.join();
  NET_CHECK_OK(accepted);
  NET_TRY(StreamPtr other, co_await listener->accept());
}
TEST(PosixNetwork, ConnectsFromTheGivenAddress) {
  TestWorld world;
  struct Check {
    static Task<void> run(Network* network) {
      auto listener = network->listen({"127.0.0.1:0"}, {});
      const MonotonicTime never = MonotonicTime::never();
      const Address ours{"127.0.0.7:0"};
      auto dialled = co_await network->connect_from(ours, (*listener)->local_address(), never);
      EXPECT_TRUE(dialled) << dialled.error().message;
      auto accepted = co_await (*listener)->accept();
      EXPECT_TRUE((*accepted)->peer_address().text.starts_with("127.0.0.7:"));
      const Address others{"192.0.2.1:0"};
      const auto foreign = co_await network->connect_from(others, (*listener)->local_address(), never);
      EXPECT_EQ(foreign.error().kind, ErrorKind::kIo);  // not an address of this machine
    }
  };
  world.run(Check::run(&world->env().network));
}

TEST(PosixNetwork, AStreamGoesToAnotherLoop) {
  TestWorld world({.loops = 2, .disk_threads = 1, .compute_threads = 1});
  struct Ends {
    std::unique_ptr<Stream> near, far;
  } ends;
  struct Check {
    static Task<void> begin(Network* network, Ends* ends) {
      auto listener = network->listen({"127.0.0.1:0"}, {});
      ends->near = *co_await network->connect((*listener)->local_address(), MonotonicTime::never());
      ends->far = *co_await (*listener)->accept();
      const std::string_view word = "before";
      EXPECT_TRUE(co_await ends->near->write_all({&word, 1}, MonotonicTime::never()));
      EXPECT_TRUE(ends->far->leave_loop());
      EXPECT_FALSE(ends->far->leave_loop());  // it is not here any more
    }
    static Task<void> read(Ends* ends) {
      std::string out(16, ' ');
      EXPECT_TRUE(ends->far->enter_loop());
      EXPECT_EQ(co_await ends->far->read_some(out, MonotonicTime::never()), 6u);
      EXPECT_EQ(out.substr(0, 6), "before");
      const auto late = co_await ends->far->read_some(out, runtime::Loop::current()->now() + 1ms);
      EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
      ends->far.reset();
    }
    static Task<void> end(Ends* ends) {
      ends->near.reset();
      co_return;
    }
  };
  world.run(Check::begin(&world->env().network, &ends), 0);
  world.run(Check::read(&ends), 1);
  world.run(Check::end(&ends), 0);
}

TEST(PosixNetwork, AcceptSurvivesRunningOutOfDescriptors) {
  Loopback world("127.0.0.1");
  world.run(accepts_after_exhaustion(world));
}

Task<void> turns_away_who_is_new(Loopback& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  const Address address = listener->local_address();
  NET_TRY(auto early, co_await world.client().connect(address, kNoDeadline));
  EXPECT_GT(listener->turn_away(), Duration{0});
  const auto late = co_await world.client().connect(address, runtime::Loop::current()->now() + 20ms);
  EXPECT_EQ(error_kind(late), ErrorKind::kTimeout) << "neither taken nor refused";
  NET_TRY(auto accepted, co_await listener->accept());
  listener->close();
  EXPECT_EQ(error_kind(co_await world.client().connect(address, kNoDeadline)), ErrorKind::kUnavailable);
  NET_CHECK_OK(co_await write_text(*early, "ping"));
  NET_TRY(std::string ping, co_await read_exactly(*accepted, 4));
  EXPECT_EQ(ping, "ping");
}
TEST(PosixNetwork, TurnsAwayWhoIsNewBeforeItCloses) {
  Loopback world("127.0.0.1");
  world.run(turns_away_who_is_new(world));
}

// A reader whose peer never pauses shares the loop with others.
Task<void> pour(Stream& stream, bool& stop) {
  const std::string bytes(256u << 10, 'p');
  const std::array<std::string_view, 1> pieces{bytes};
  while (!stop && co_await stream.write_all(pieces, kNoDeadline)) {
  }
  stream.close();
}
Task<void> drink(Stream& stream) {
  std::string buffer(64u << 10, '?');
  for (;;) {
    auto got = co_await stream.read_some(buffer, kNoDeadline);
    if (!got || *got == 0) co_return;
  }
}
Task<void> a_flood_leaves_room(Loopback& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair flood, co_await connected_pair(world, *listener));
  NET_TRY(Pair quiet, co_await connected_pair(world, *listener));
  bool stop = false;
  runtime::TaskGroup group;
  group.spawn(pour(*flood.client, stop));
  group.spawn(drink(*flood.server));
  for (int i = 0; i < 100; ++i) {
    NET_CHECK_OK(co_await write_text(*quiet.client, "ping"));
    NET_TRY(std::string ping, co_await read_exactly(*quiet.server, 4));
    EXPECT_EQ(ping, "ping");
  }
  stop = true;
  co_await group.join();
}
TEST(PosixNetwork, AFloodLeavesRoomForOthers) {
  Loopback world("127.0.0.1");
  world.run(a_flood_leaves_room(world));
}

// Destroying a stream under a pending call is an owner's mistake that must not become a crash.
Task<void> destroyed_while_reading(Loopback& world) {
  NET_TRY(auto listener, world.server().listen(world.fresh_address(), {}));
  NET_TRY(Pair pair, co_await connected_pair(world, *listener));
  Result<std::string> got;
  runtime::TaskGroup group;
  group.spawn(read_into(*pair.server, 1, got));
  co_await runtime::sleep_for(1ms);
  pair.server.reset();
  co_await group.join();
  EXPECT_EQ(error_kind(got), ErrorKind::kClosed);
}
TEST(PosixNetwork, DestroyingAStreamEndsItsCalls) {
  Loopback world("127.0.0.1");
  world.run(destroyed_while_reading(world));
}

// Loops that share a port each serve what the kernel gives them, on their own thread.
Task<void> serve_on_own_loop(Network& network, Address address, std::unique_ptr<Listener>& listener,
                             std::promise<void>& ready) {
  auto* home = runtime::Loop::current();
  NET_TRY(listener, network.listen(address, {.share_port = true}));
  ready.set_value();
  runtime::TaskGroup group;
  for (;;) {
    auto stream = co_await listener->accept();
    if (!stream) break;
    EXPECT_EQ(runtime::Loop::current(), home);
    group.spawn(serve_one_letter(std::move(*stream)));
  }
  co_await group.join();
}
Task<void> talk_to(Network& network, Address address, int count, int& done) {
  runtime::TaskGroup group;
  for (int i = 0; i < count; ++i) group.spawn(talk(network, address, i, done));
  co_await group.join();
}
Task<void> close_listener(std::unique_ptr<Listener>& listener) {
  listener->close();
  co_return;
}

void share_between_loops(Address address) {
  TestWorld world({.loops = 3, .disk_threads = 1, .compute_threads = 1});
  Network& network = world->env().network;
  std::array<std::unique_ptr<Listener>, 2> listeners;
  std::array<std::promise<void>, 2> ended;
  runtime::TaskGroup groups[2];
  for (size_t i = 0; i < 2; ++i) {
    std::promise<void> ready;
    world->loop(i).post([&, i] { groups[i].spawn(serve_on_own_loop(network, address, listeners[i], ready)); });
    ready.get_future().wait();
    address = listeners[i]->local_address();
  }
  int done = 0;
  world.run(talk_to(network, address, 100, done), 2);
  EXPECT_EQ(done, 100);
  for (size_t i = 0; i < 2; ++i) {
    world.run(close_listener(listeners[i]), i);
    world.run(groups[i].join(), i);
  }
}
TEST(PosixNetwork, LoopsShareAPort) {
  share_between_loops({"127.0.0.1:0"});
}
TEST(PosixNetwork, LoopsShareAUnixSocket) {
  UnixSockets folder;
  share_between_loops(folder.fresh_address());
}

// Each client that is let in after a pause would write a line otherwise.
TEST(PosixNetwork, ThatAcceptingPausesIsLoggedOnceInAWhile) {
  TestWorld world;
  garage::testing::LogLines lines;
  // The sanitizer of virtual calls needs a descriptor when it sees a class for the first time.
  ASSERT_TRUE(log::wants(log::Level::kWarn, "env"));
  const auto accept_exhausted = [](Network& network) -> Task<void> {
    auto listener = *network.listen({"127.0.0.1:0"}, {});
    auto server = *posix::SocketAddress::parse(listener->local_address().text);
    rlimit usual{};
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    const rlimit none{0, usual.rlim_max};
    for (int i = 0; i < 2; ++i) {
      const posix::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      EXPECT_EQ(::connect(client.get(), server.raw(), server.length), 0);
      EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
      runtime::Loop::current()->call_after(10ms, [usual] { ::setrlimit(RLIMIT_NOFILE, &usual); });
      const auto accepted = co_await listener->accept();
      EXPECT_TRUE(accepted);
    }
  };
  world.run(accept_exhausted(world->env().network));
  ASSERT_EQ(lines.all.size(), 1u);
  EXPECT_NE(lines.all[0].find("pauses: Too many open files"), std::string::npos) << lines.all[0];
}

}  // namespace
}  // namespace garage::env::testing

// How frames of many senders share the line.
#include "net/link.hpp"

#include "net/message.hpp"
#include "net/testing/net_fixture.hpp"

namespace garage::net {
namespace {

// Forgets what is written, and counts.
class CountingStream final : public env::Stream {
 public:
  CountingStream(size_t& writes, size_t& bytes) : writes_(writes), bytes_(bytes) {}
  Task<Result<size_t>> read_some(std::span<char>, MonotonicTime) override { co_return 0; }
  Task<Result<void>> write_all(std::span<const std::string_view> pieces, MonotonicTime) override {
    ++writes_;
    for (const std::string_view piece : pieces) bytes_ += piece.size();
    co_return Result<void>();
  }
  void finish_writing() override {}
  void close() override {}
  env::Address peer_address() const override { return {}; }

 private:
  size_t& writes_;
  size_t& bytes_;
};

class LinkTest : public testing::NetTest {
 protected:
  LinkTest() {
    auto stream = std::make_unique<CountingStream>(writes_, bytes_);
    FrameReader reader(*stream, kFramePayloadBytesMax);
    link_ = std::make_shared<Link>(std::move(stream), std::move(reader), PeerInfo{}, true, 30s);
  }

  static Task<void> send(std::shared_ptr<Link> link, uint32_t stream, size_t size) {
    const std::string payload(size, 'x');
    const std::array<Frame, 1> frames{Frame{.head = {.stream = stream, .type = FrameType::kData}, .payload = payload}};
    EXPECT_TRUE(co_await link->send(frames));
  }

  size_t writes_ = 0, bytes_ = 0;
  std::shared_ptr<Link> link_;
};

TEST_F(LinkTest, SmallFramesOfTheSameMomentShareAWrite) {
  for (uint32_t stream = 1; stream <= 99; stream += 2) background_.spawn(send(link_, stream, 100));
  loop_.run();
  EXPECT_EQ(writes_, 1u);
  EXPECT_EQ(bytes_, 50 * (100 + kFrameHeaderBytes));
  background_.spawn(send(link_, 101, 100));
  loop_.run();
  EXPECT_EQ(writes_, 2u) << "one alone does not wait for others";
}

TEST_F(LinkTest, AWriteIsBounded) {
  for (uint32_t stream = 1; stream <= 59; stream += 2) background_.spawn(send(link_, stream, 7000));
  loop_.run();
  EXPECT_EQ(bytes_, 30 * (7000 + kFrameHeaderBytes));
  EXPECT_EQ(writes_, 4u);
}

}  // namespace
}  // namespace garage::net

#include "env/testing/network_conformance.hpp"

#include "sim/world.hpp"

namespace garage::env::testing {
namespace {

Task<bool> to_its_end(Task<void> task) {
  co_await std::move(task);
  co_return true;
}

class SimNetworkCase final : public NetworkUnderTest {
 public:
  explicit SimNetworkCase(sim::FaultOptions faults) : world_(21, faults) {
    server_.emplace(world_.add_node().env());
    client_.emplace(world_.add_node().env());
  }
  Network& server() override { return server_->network; }
  Network& client() override { return client_->network; }
  Address fresh_address() override { return {"10.0.0.1:0"}; }
  Address silent_address() override { return {"10.0.0.1:9"}; }
  void run(Task<void> task) override { EXPECT_EQ(world_.run(to_its_end(std::move(task))), true) << "it did not end"; }

 private:
  sim::World world_;
  std::optional<Env> server_, client_;
};

std::unique_ptr<NetworkUnderTest> calm() {
  return std::make_unique<SimNetworkCase>(sim::FaultOptions{});
}

// Slow, narrow and in small pieces, but without loss.
std::unique_ptr<NetworkUnderTest> rough() {
  sim::FaultOptions faults;
  faults.network.delay_longest = 10ms;
  faults.network.slow_probability = 0.1;
  faults.network.slow_longest = 100ms;
  faults.network.short_read_probability = 0.5;
  faults.network.bandwidth_bytes_per_s = 10'000'000;
  faults.network.window_bytes = 10'000;
  return std::make_unique<SimNetworkCase>(faults);
}

INSTANTIATE_TEST_SUITE_P(Sim, NetworkConformance,
                         ::testing::Values(NetworkCase{"calm", calm}, NetworkCase{"rough", rough}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace garage::env::testing

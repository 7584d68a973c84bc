#include "env/testing/disk_conformance.hpp"

#include "sim/disk.hpp"

namespace garage::env::testing {
namespace {

class SimDiskCase final : public DiskUnderTest {
 public:
  SimDiskCase() { EXPECT_TRUE(disk_.make_directories("/data/test")); }
  Disk& disk() override { return disk_; }
  std::string root() override { return "/data/test"; }

 private:
  sim::SimDisk disk_{1};
};

std::unique_ptr<DiskUnderTest> make_case() {
  return std::make_unique<SimDiskCase>();
}

INSTANTIATE_TEST_SUITE_P(Sim, DiskConformance, ::testing::Values(DiskCase{"sim", make_case}));

}  // namespace
}  // namespace garage::env::testing

// What happens before a node is there: flags, options, and how the last run ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/first_steps.hpp"
#include "daemon/options.hpp"
#include "daemon/run_mark.hpp"
#include "env/small_file.hpp"
#include "sim/disk.hpp"

namespace garage::daemon {
namespace {

std::string refusal(const StartFlags& flags, uint32_t replication_factor = 1) {
  config::Settings settings;
  settings.replication_factor = replication_factor;
  auto checked = check_flags(flags, settings);
  return checked ? "" : checked.error().message;
}

TEST(StartFlags, AreCheckedBeforeAnythingIsTouched) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({}, 3), "");
  StartFlags flags;
  flags.single_node = true;
  EXPECT_EQ(refusal(flags), "");
  EXPECT_EQ(refusal(flags, 3), "Single-node mode requires replication_factor = 1 in the configuration file.");
  flags.default_bucket = true;
  EXPECT_EQ(refusal(flags), "Environment variable `GARAGE_DEFAULT_ACCESS_KEY` is not set");
  flags.access_key_id = "id";
  EXPECT_EQ(refusal(flags), "Environment variable `GARAGE_DEFAULT_SECRET_KEY` is not set");
  flags.secret_key = Secret("secret");
  EXPECT_EQ(refusal(flags), "Environment variable `GARAGE_DEFAULT_BUCKET` is not set");
  flags.bucket = "b";
  EXPECT_EQ(refusal(flags), "");
  flags.single_node = false;
  EXPECT_EQ(refusal(flags), "Flags --default-access-key and --default-bucket can only be used in single-node mode.");
  flags.default_bucket = false;
  flags.default_access_key = true;
  EXPECT_EQ(refusal(flags), "Flags --default-access-key and --default-bucket can only be used in single-node mode.");
}

TEST(RunMark, TellsHowTheLastRunEnded) {
  sim::SimDisk disk(1);
  ASSERT_TRUE(disk.make_directories("meta"));
  const auto begin = [&](const std::string& boot) { return begin_run(disk, "meta", boot).value(); };
  EXPECT_EQ(begin("boot-1"), LastRun::kNone);
  EXPECT_EQ(begin("boot-1"), LastRun::kProcessEnded);
  EXPECT_EQ(begin("boot-2"), LastRun::kMachineEnded);
  ASSERT_TRUE(end_run(disk, "meta", "boot-2"));
  EXPECT_EQ(begin("boot-3"), LastRun::kClean);
  EXPECT_EQ(begin(""), LastRun::kMachineEnded);  // a system that cannot tell its boots apart
  EXPECT_EQ(begin(""), LastRun::kMachineEnded);
  ASSERT_TRUE(env::replace_file(disk, "meta/run_state", "damaged", 0600));
  EXPECT_EQ(begin("boot-3"), LastRun::kMachineEnded);
}

TEST(Options, SettingsReachTheModules) {
  config::Settings settings;
  settings.data_dir = {{.path = "/a", .capacity_bytes = 5, .read_only = false},
                       {.path = "/b", .capacity_bytes = 0, .read_only = true}};
  settings.compression_level = std::nullopt;
  settings.block_size = 2u << 20;
  settings.block_ram_buffer_max = 100u << 20;
  settings.s3_api.s3_region = "eu";
  settings.s3_api.root_domain = "..s3.example.com";
  settings.s3_api.bucket_namespace = config::BucketNamespace::kLocal;
  settings.s3_api.accept_us_east_1 = true;
  const auto block = block_options(settings);
  ASSERT_EQ(block.directories.size(), 2u);
  EXPECT_EQ(block.directories[0].capacity_bytes, 5u);
  EXPECT_TRUE(block.directories[1].read_only);
  EXPECT_EQ(block.compression_level, std::nullopt);
  EXPECT_TRUE(block.sync);
  EXPECT_EQ(durability_of(settings), kv::Durability::kSynced);
  const auto object = object_options(settings);
  EXPECT_EQ(object.block_bytes, 2u << 20);
  EXPECT_EQ(object.ram_buffer_bytes_max, 100u << 20);
  EXPECT_GE(object.upload_window_bytes, 2 * object.block_bytes);
  const auto s3 = s3_options(settings);
  EXPECT_EQ(s3.region, "eu");
  EXPECT_EQ(s3.root_domain, "s3.example.com");
  EXPECT_EQ(s3.bucket_namespace, s3::BucketNamespace::kLocal);
  EXPECT_TRUE(s3.accept_us_east_1_alias);
  EXPECT_FALSE(s3.allow_signature_v2);
  EXPECT_FALSE(s3.public_endpoint_path_style);
  settings.metadata_fsync = settings.data_fsync = false;
  settings.block_max_concurrent_writes_per_request = 1;
  EXPECT_FALSE(block_options(settings).sync);
  EXPECT_EQ(durability_of(settings), kv::Durability::kRelaxed);
  EXPECT_EQ(object_options(settings).upload_window_bytes, 4u << 20);
}

}  // namespace
}  // namespace garage::daemon

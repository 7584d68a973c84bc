#include "env/posix/posix_disk.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "env/testing/disk_conformance.hpp"

namespace garage::env::testing {
namespace {

class TemporaryDisk final : public DiskUnderTest {
 public:
  TemporaryDisk() {
    std::string pattern = (std::filesystem::temp_directory_path() / "garage-disk-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  ~TemporaryDisk() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Disk& disk() override { return disk_; }
  std::string root() override { return root_; }

 private:
  posix::PosixDisk disk_;
  std::string root_;
};

INSTANTIATE_TEST_SUITE_P(Posix, DiskConformance,
                         ::testing::Values(DiskCase{"posix", [] { return std::make_unique<TemporaryDisk>(); }}),
                         [](const auto& info) { return info.param.name; });

Result<void> write_text(File& file, uint64_t offset, std::string_view bytes) {
  const std::array pieces{bytes};
  return file.write_at(offset, pieces);
}

TEST(PosixDisk, FullDeviceIsNoSpace) {
  TemporaryDisk world;
  auto full = world.disk().open("/dev/full", OpenMode::kReadWrite);
  if (!full) GTEST_SKIP() << "no /dev/full here";
  auto written = write_text(**full, 0, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kNoSpace);
  EXPECT_NE(written.error().message.find("/dev/full"), std::string::npos);
}

// `garage -c <(sops -d garage.toml) server`, or /dev/stdin: neither has a size, and each byte comes once.
TEST(PosixDisk, APipeIsReadToItsEnd) {
  TemporaryDisk world;
  const std::string path = world.root() + "/pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  for (const size_t bytes : {0, 10, 100'000}) {
    const std::string content = std::string(bytes, 'x') + "end";
    std::thread writer([&] { std::ofstream(path) << content; });
    const auto got = read_file(world.disk(), path, 200'000);
    writer.join();
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, content);
  }
  EXPECT_GT(read_file(world.disk(), "/proc/self/status").value_or("").size(), 100u);
  EXPECT_EQ(kind_of(read_file(world.disk(), "/dev/zero", 200'000)), ErrorKind::kInvalid);
  EXPECT_FALSE(read_file(world.disk(), world.root())) << "a directory";
}

TEST(PosixDisk, ForbiddenIsDenied) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may do everything";
  TemporaryDisk world;
  const std::string path = world.root() + "/secret";
  ASSERT_TRUE(world.disk().open(path, OpenMode::kCreateNew, 0));
  EXPECT_EQ(kind_of(world.disk().open(path, OpenMode::kRead)), ErrorKind::kDenied);
}

TEST(PosixDisk, TheUmaskDoesNotTouchAPermissionThatIsMeant) {
  TemporaryDisk world;
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(replace_file(world.disk(), world.root() + "/shown", "x", 0644));
  EXPECT_TRUE(world.disk().open(world.root() + "/usual", OpenMode::kCreateNew));
  ::umask(before);
  EXPECT_EQ(world.disk().status(world.root() + "/shown")->mode, 0644u);
  EXPECT_EQ(world.disk().status(world.root() + "/usual")->mode, 0600u);
}

// It passes, and says nothing of that file.
TEST(PosixDisk, TooManyOpenFilesIsOverload) {
  TemporaryDisk world;
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit none{0, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto opened = world.disk().open(world.root() + "/f", OpenMode::kCreateNew);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_EQ(kind_of(opened), ErrorKind::kOverloaded);
}

TEST(PosixDisk, OtherTroubleIsIo) {
  TemporaryDisk world;
  EXPECT_EQ(kind_of(world.disk().open(world.root(), OpenMode::kReadWrite)), ErrorKind::kIo);
  EXPECT_EQ(kind_of(world.disk().sync_directory("/dev/null")), ErrorKind::kIo);
}

// A write that the size limit cuts short goes on, and then tells.
TEST(PosixDisk, ShortWritesGoOnUntilTheyFail) {
  TemporaryDisk world;
  auto file = world.disk().open(world.root() + "/f", OpenMode::kCreateNew);
  ASSERT_TRUE(file);
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{5000, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string half(3000, 'h');
  const std::array<std::string_view, 3> pieces{half, "", half};
  auto written = (*file)->write_at(0, pieces);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(written);
  EXPECT_EQ(*(*file)->size(), 5000u);
}

// Where numbers of 32 bits end. The file is all hole.
TEST(PosixDisk, FilesGoOnBehindFourGiB) {
  TemporaryDisk world;
  auto file = world.disk().open(world.root() + "/f", OpenMode::kCreateNew);
  ASSERT_TRUE(file);
  constexpr uint64_t kFar = (uint64_t{5} << 30) + 3;
  ASSERT_TRUE(write_text(**file, kFar, "far"));
  EXPECT_EQ(*(*file)->size(), kFar + 3);
  std::string read(5, '-');
  EXPECT_EQ(*(*file)->read_at(kFar - 2, read), 5u);
  EXPECT_EQ(read, std::string("\0\0far", 5));
}

TEST(PosixDisk, ThreadsShareOneFile) {
  TemporaryDisk world;
  auto file = world.disk().open(world.root() + "/f", OpenMode::kCreateNew);
  ASSERT_TRUE(file);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string mine(1000, static_cast<char>('a' + t));
      for (uint64_t i = 0; i < 200; ++i) {
        const uint64_t at = (i * 4 + static_cast<uint64_t>(t)) * 1000;
        EXPECT_TRUE(write_text(**file, at, mine));
        std::string back(1000, '?');
        auto got = (*file)->read_at(at, back);
        EXPECT_TRUE(got && *got == 1000 && back == mine);
        if (i % 20 == 0) {
          EXPECT_TRUE((*file)->data_extents());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(*(*file)->size(), 800'000u);
}

TEST(PosixDisk, PunchingFreesSpace) {
  TemporaryDisk world;
  const std::string path = world.root() + "/f";
  auto file = world.disk().open(path, OpenMode::kCreateNew);
  ASSERT_TRUE(file);
  ASSERT_TRUE(write_text(**file, 0, std::string(4u << 20, 'x')));
  ASSERT_TRUE((*file)->sync_data());
  struct stat before{}, after{};
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  auto punched = (*file)->punch_hole(0, 2u << 20);
  if (!punched) GTEST_SKIP() << punched.error().message;
  ASSERT_EQ(::stat(path.c_str(), &after), 0);
  EXPECT_LE(after.st_blocks, before.st_blocks * 3 / 4);
  auto extents = (*file)->data_extents();
  ASSERT_TRUE(extents && !extents->empty());
  EXPECT_EQ(extents->front().offset, 2u << 20);
}

}  // namespace
}  // namespace garage::env::testing

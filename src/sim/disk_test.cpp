#include "sim/disk.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "env/small_file.hpp"
#include "sim/sweep.hpp"

namespace garage::sim {
namespace {

using env::OpenMode;

std::unique_ptr<env::File> open(SimDisk& disk, const std::string& path, OpenMode how = OpenMode::kCreate) {
  auto file = disk.open(path, how);
  EXPECT_TRUE(file) << (file ? "" : file.error().message);
  return file ? std::move(*file) : nullptr;
}

Result<void> write(env::File& file, uint64_t offset, std::string_view bytes) {
  const std::array pieces{bytes};
  return file.write_at(offset, pieces);
}

// The content, or nothing if there is no such file.
std::optional<std::string> content(SimDisk& disk, const std::string& path) {
  auto bytes = env::read_file(disk, path);
  if (!bytes) {
    EXPECT_EQ(bytes.error().kind, ErrorKind::kNotFound) << bytes.error().message;
  }
  return bytes ? std::optional(*bytes) : std::nullopt;
}

void put_durably(SimDisk& disk, const std::string& path, std::string_view bytes) {
  auto file = open(disk, path);
  ASSERT_TRUE(write(*file, 0, bytes));
  ASSERT_TRUE(file->sync_data());
  ASSERT_TRUE(disk.sync_directory("/"));
}

constexpr CutOptions kDrop{.mode = CutMode::kDropAll};
constexpr CutOptions kKeep{.mode = CutMode::kKeepAll};

// --- what a power cut leaves

TEST(PowerCut, SyncedBytesUnderASyncedNameStay) {
  SimDisk disk(1);
  put_durably(disk, "/a", "hello");
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), "hello");
}

TEST(PowerCut, UnsyncedBytesGoAndTheNameStays) {
  SimDisk disk(1);
  put_durably(disk, "/a", "old");
  auto file = open(disk, "/a");
  ASSERT_TRUE(write(*file, 0, "new and longer"));
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), "old");
}

TEST(PowerCut, SyncedBytesWithoutASyncedNameGo) {
  SimDisk disk(1);
  auto file = open(disk, "/a");
  ASSERT_TRUE(write(*file, 0, "hello"));
  ASSERT_TRUE(file->sync_data());
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), std::nullopt);
}

TEST(PowerCut, ANameWithoutItsBytesIsAnEmptyFile) {
  SimDisk disk(1);
  auto file = open(disk, "/a");
  ASSERT_TRUE(write(*file, 0, "hello"));
  ASSERT_TRUE(disk.sync_directory("/"));
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), "");
}

TEST(PowerCut, RenameWithoutDirectorySyncIsUndone) {
  SimDisk disk(1);
  put_durably(disk, "/a", "old");
  put_durably(disk, "/a.tmp", "new");
  ASSERT_TRUE(disk.rename("/a.tmp", "/a"));
  EXPECT_EQ(content(disk, "/a"), "new");
  SimDisk other = disk;
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), "old");
  EXPECT_EQ(content(disk, "/a.tmp"), "new");
  ASSERT_TRUE(other.sync_directory("/"));
  other.power_cut(kDrop);
  EXPECT_EQ(content(other, "/a"), "new");
  EXPECT_EQ(content(other, "/a.tmp"), std::nullopt);
}

TEST(PowerCut, RemovalWithoutDirectorySyncIsUndone) {
  SimDisk disk(1);
  put_durably(disk, "/a", "x");
  ASSERT_TRUE(disk.remove("/a"));
  EXPECT_EQ(content(disk, "/a"), std::nullopt);
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), "x");
  ASSERT_TRUE(disk.remove("/a"));
  ASSERT_TRUE(disk.sync_directory("/"));
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), std::nullopt);
}

TEST(PowerCut, FoldersThatWereMadeStay) {
  SimDisk disk(1);
  ASSERT_TRUE(disk.make_directories("/x/y"));
  auto file = open(disk, "/x/y/a");
  ASSERT_TRUE(file->sync_data());
  ASSERT_TRUE(disk.sync_directory("/x/y"));
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/x/y/a"), "");
}

TEST(PowerCut, KeepAllKeepsAll) {
  SimDisk disk(1);
  ASSERT_TRUE(disk.make_directories("/x"));
  auto file = open(disk, "/x/a");
  ASSERT_TRUE(write(*file, 0, "hello"));
  ASSERT_TRUE(disk.rename("/x/a", "/x/b"));
  disk.power_cut(kKeep);
  EXPECT_EQ(content(disk, "/x/b"), "hello");
  EXPECT_EQ(disk.unsynced_changes(), 0u);
}

TEST(PowerCut, TruncationAndHolesWaitForTheSync) {
  SimDisk disk(1);
  put_durably(disk, "/a", std::string(20'000, 'a'));
  auto file = open(disk, "/a");
  ASSERT_TRUE(file->truncate(10'000));
  ASSERT_TRUE(file->punch_hole(0, 5'000));
  SimDisk other = disk;
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), std::string(20'000, 'a'));
  ASSERT_TRUE(open(other, "/a")->sync_data());
  other.power_cut(kDrop);
  EXPECT_EQ(content(other, "/a"), std::string(5'000, '\0') + std::string(5'000, 'a'));
}

// Overwrites eight sectors and cuts the power, again and again; returns how many sectors were new each time.
std::multiset<long> torn_overwrites(CutMode mode) {
  std::multiset<long> seen;
  SimDisk whole(1);
  put_durably(whole, "/a", std::string(8 * kSectorBytes, 'o'));
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SimDisk disk(seed);
    disk = whole;
    auto file = open(disk, "/a");
    EXPECT_TRUE(write(*file, 0, std::string(8 * kSectorBytes, 'n')));
    disk.power_cut({.mode = mode, .keep_probability = 0.3, .torn_probability = 0.7});
    const std::string left = *content(disk, "/a");
    EXPECT_EQ(left.size(), 8 * kSectorBytes);
    long sectors = 0;
    for (size_t at = 0; at < left.size(); at += kSectorBytes) {
      const std::string sector = left.substr(at, kSectorBytes);
      EXPECT_TRUE(sector == std::string(kSectorBytes, 'o') || sector == std::string(kSectorBytes, 'n'));
      sectors += sector[0] == 'n';
      if (mode == CutMode::kPrefix && at > 0) {
        EXPECT_TRUE(sector[0] == 'o' || left[at - 1] == 'n') << "not in order";
      }
    }
    seen.insert(sectors);
  }
  return seen;
}

TEST(PowerCut, WritesAreTornAtSectors) {
  for (const CutMode mode : {CutMode::kPrefix, CutMode::kSubset}) {
    const auto seen = torn_overwrites(mode);
    EXPECT_GT(seen.count(0), 0u);
    EXPECT_GT(seen.count(8), 0u);
    EXPECT_GT(seen.count(3) + seen.count(4) + seen.count(5), 0u);
  }
}

TEST(PowerCut, PrefixKeepsTheOrderOfChanges) {
  std::set<size_t> lengths;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SimDisk disk(seed);
    for (const char* name : {"/a", "/b", "/c"}) open(disk, name);
    disk.power_cut({.mode = CutMode::kPrefix});
    const auto names = *disk.list("/");
    lengths.insert(names.size());
    std::string joined;
    for (const std::string& name : names) joined += name;
    EXPECT_EQ(joined, std::string("abc").substr(0, names.size()));
  }
  EXPECT_EQ(lengths.size(), 4u);
}

TEST(PowerCut, SubsetLosesEarlierChangesAndKeepsLaterOnes) {
  int later_only = 0;
  int grown_without_bytes = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SimDisk disk(seed);
    put_durably(disk, "/a", "");
    auto file = open(disk, "/a");
    ASSERT_TRUE(write(*file, 0, "11111"));
    ASSERT_TRUE(write(*file, 5, "22222"));
    disk.power_cut({.mode = CutMode::kSubset});
    const std::string left = *content(disk, "/a");
    later_only += left == std::string("\0\0\0\0\0", 5) + "22222";
    grown_without_bytes += left == std::string(10, '\0');
  }
  EXPECT_GT(later_only, 10);
  EXPECT_GT(grown_without_bytes, 5);
}

TEST(PowerCut, ARenameInASubsetNeverDoublesOrLosesADurableFile) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SimDisk disk(seed);
    put_durably(disk, "/a", "x");
    ASSERT_TRUE(disk.rename("/a", "/b"));
    ASSERT_TRUE(disk.rename("/b", "/c"));
    disk.power_cut({.mode = CutMode::kSubset});
    ASSERT_EQ(disk.list("/")->size(), 1u);
  }
}

TEST(PowerCut, OldHandlesAndLocksAreDead) {
  SimDisk disk(1);
  auto file = open(disk, "/a");
  auto lock = disk.try_lock("/lock");
  ASSERT_TRUE(lock);
  disk.power_cut(kKeep);
  EXPECT_EQ(write(*file, 0, "x").error().kind, ErrorKind::kClosed);
  EXPECT_EQ(file->sync_data().error().kind, ErrorKind::kClosed);
  auto again = disk.try_lock("/lock");
  ASSERT_TRUE(again);
  lock->reset();
  EXPECT_EQ(disk.try_lock("/lock").error().kind, ErrorKind::kExists);
}

TEST(SimDisk, AKilledProcessLosesNothing) {
  SimDisk disk(1);
  auto file = open(disk, "/a");
  ASSERT_TRUE(write(*file, 0, "hello"));
  disk.stop();
  EXPECT_EQ(disk.list("/").error().kind, ErrorKind::kClosed);
  EXPECT_EQ(disk.open("/nowhere/b", OpenMode::kRead).error().kind, ErrorKind::kClosed);
  disk.start();
  EXPECT_EQ(write(*file, 0, "HELLO").error().kind, ErrorKind::kClosed);
  EXPECT_EQ(content(disk, "/a"), "hello");
}

TEST(SimDisk, TheKernelWritesBackWhatWaitsTooLong) {
  SimDisk disk(1, {.writeback_bytes = 10'000});
  put_durably(disk, "/a", "");
  auto file = open(disk, "/a");
  for (uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(write(*file, i * 3000, std::string(3000, 'x')));
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), std::string(21'000, 'x'));
}

// --- sweeps

TEST(Sweep, ReplaceFileSurvivesACutAtEveryChange) {
  SimDisk before(1);
  ASSERT_TRUE(env::replace_file(before, "/state", "one", 0600, true));
  int unfinished = 0;
  const uint64_t changes = sweep_power_cuts(
      before, [](SimDisk& disk) { return env::replace_file(disk, "/state", "two", 0600, true); },
      [&](SimDisk& disk, const CutPoint& point) {
        const auto left = content(disk, "/state");
        unfinished += left == "one";
        EXPECT_TRUE(left == "two" || (!point.acknowledged && left == "one")) << to_string(point);
      });
  EXPECT_GT(changes, 5u);
  EXPECT_GT(unfinished, 5);
}

// Without the syncs of replace_file(), each of which the sweep must miss.
Result<void> careless_replace(SimDisk& disk, bool sync_bytes, bool sync_name) {
  TRY(auto file, disk.open("/state.tmp", OpenMode::kCreate));
  CHECK_OK(write(*file, 0, "two"));
  if (sync_bytes) CHECK_OK(file->sync_data());
  CHECK_OK(disk.rename("/state.tmp", "/state"));
  if (sync_name) CHECK_OK(disk.sync_directory("/"));
  return {};
}

TEST(Sweep, AMissingSyncIsCaught) {
  SimDisk before(1);
  put_durably(before, "/state", "one");
  for (int which = 0; which < 4; ++which) {
    const bool sync_bytes = which & 1, sync_name = which & 2;
    int broken = 0;
    sweep_power_cuts(
        before, [&](SimDisk& disk) { return careless_replace(disk, sync_bytes, sync_name); },
        [&](SimDisk& disk, const CutPoint& point) {
          const auto left = content(disk, "/state");
          broken += !(left == "two" || (!point.acknowledged && left == "one"));
        });
    EXPECT_EQ(broken == 0, sync_bytes && sync_name) << which;
  }
}

TEST(Sweep, CutAtSyncStopsBeforeTheSyncTakesEffect) {
  SimDisk disk(1);
  auto file = open(disk, "/a");
  ASSERT_TRUE(disk.sync_directory("/"));
  ASSERT_TRUE(write(*file, 0, "x"));
  std::vector<uint64_t> seen;
  disk.on_sync([&](uint64_t number) { seen.push_back(number); });
  bool told = false;
  disk.on_power_lost([&] { told = true; });
  disk.cut_at_sync(1);
  EXPECT_EQ(file->sync_data().error().kind, ErrorKind::kClosed);
  EXPECT_TRUE(told);
  EXPECT_TRUE(disk.power_is_off());
  EXPECT_EQ(disk.status("/a").error().kind, ErrorKind::kClosed);
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), "");
  EXPECT_EQ(seen, std::vector<uint64_t>({2}));
}

// --- faults

TEST(Faults, ThePlannedOperationFails) {
  SimDisk disk(1);
  disk.fail_operation(2, ErrorKind::kIo);
  EXPECT_TRUE(disk.list("/"));
  EXPECT_EQ(disk.list("/").error().kind, ErrorKind::kIo);
  EXPECT_TRUE(disk.list("/"));
  disk.fail_change(1, ErrorKind::kNoSpace);
  EXPECT_TRUE(disk.list("/"));
  EXPECT_EQ(disk.make_directories("/x").error().kind, ErrorKind::kNoSpace);
  EXPECT_TRUE(disk.make_directories("/x"));
}

TEST(Faults, AFullDiskWritesWhatFitsAndRecovers) {
  SimDisk disk(1, {.capacity_bytes = 10 * 4096});
  auto file = open(disk, "/a");
  EXPECT_TRUE(write(*file, 0, std::string(9 * 4096, 'a')));
  EXPECT_EQ(write(*file, 9 * 4096, std::string(2 * 4096, 'b')).error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(*file->size(), 10u * 4096);
  EXPECT_EQ(disk.space("/")->available_bytes, 0u);
  EXPECT_TRUE(write(*file, 0, "over")) << "what is there may be overwritten";
  auto other = open(disk, "/b");
  EXPECT_FALSE(write(*other, 0, "x"));
  ASSERT_TRUE(file->punch_hole(0, 4096));
  EXPECT_TRUE(write(*other, 0, "x"));
  ASSERT_TRUE(disk.remove("/a"));
  EXPECT_EQ(disk.space("/")->available_bytes, 0u) << "still open";
  file.reset();
  EXPECT_EQ(disk.space("/")->available_bytes, 9u * 4096);
}

TEST(Faults, AfterAFailedSyncALaterOneDoesNotHelp) {
  int lost = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SimDisk disk(seed);
    put_durably(disk, "/a", "old");
    auto file = open(disk, "/a");
    ASSERT_TRUE(write(*file, 0, "new"));
    disk.fail_change(1, ErrorKind::kIo);
    ASSERT_EQ(file->sync_data().error().kind, ErrorKind::kIo);
    ASSERT_TRUE(file->sync_data());
    EXPECT_EQ(content(disk, "/a"), "new");
    disk.power_cut(kKeep);
    lost += content(disk, "/a") == "old";
  }
  EXPECT_GT(lost, 10);
  EXPECT_LT(lost, 40);
}

TEST(Faults, DamageIsSeenNowAndAfterACut) {
  SimDisk disk(1);
  put_durably(disk, "/a", std::string(10'000, 'a'));
  ASSERT_TRUE(disk.flip_bits("/a", 5'000, 100, 1));
  const std::string flipped = *content(disk, "/a");
  EXPECT_NE(flipped, std::string(10'000, 'a'));
  EXPECT_EQ(flipped.substr(0, 5'000), std::string(5'000, 'a'));
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), flipped);
  ASSERT_TRUE(disk.zero_range("/a", 4096, 4096));
  EXPECT_EQ(content(disk, "/a")->substr(4096, 4096), std::string(4096, '\0'));
  ASSERT_TRUE(disk.cut_short("/a", 100));
  disk.power_cut(kDrop);
  EXPECT_EQ(content(disk, "/a"), std::string(100, 'a'));
  EXPECT_EQ(disk.flip_bits("/b", 0, 1, 1).error().kind, ErrorKind::kNotFound);
}

TEST(Faults, BadSectorsFailReadsUntilOverwritten) {
  SimDisk disk(1);
  put_durably(disk, "/a", std::string(10'000, 'a'));
  ASSERT_TRUE(disk.fail_reads("/a", 512, 512));
  auto file = open(disk, "/a");
  std::string out(100, '?');
  EXPECT_TRUE(file->read_at(0, out));
  EXPECT_EQ(file->read_at(500, out).error().kind, ErrorKind::kIo);
  EXPECT_TRUE(file->read_at(1024, out));
  ASSERT_TRUE(write(*file, 512, std::string(512, 'b')));
  EXPECT_TRUE(file->read_at(500, out));
}

TEST(Faults, LyingHardwareIsDrawn) {
  SimDisk disk(1, {.lost_write_probability = 0.5});
  auto file = open(disk, "/a");
  int lost = 0;
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(write(*file, i, "x"));
    std::string out(1, '?');
    lost += *file->read_at(i, out) == 0 || out != "x";
  }
  EXPECT_GT(lost, 25);
  EXPECT_LT(lost, 75);
}

// --- snapshots

TEST(Snapshot, IsIndependentAndShares) {
  SimDisk disk(1);
  put_durably(disk, "/a", std::string(1u << 20, 'a'));
  auto file = open(disk, "/a");
  ASSERT_TRUE(write(*file, 0, "unsynced"));
  std::vector<SimDisk> copies(100, disk);
  ASSERT_TRUE(write(*open(copies[0], "/a"), 0, "COPY"));
  ASSERT_TRUE(copies[1].remove("/a"));
  EXPECT_EQ(content(disk, "/a")->substr(0, 9), "unsynceda");
  EXPECT_EQ(content(copies[0], "/a")->substr(0, 9), "COPYnceda");
  EXPECT_EQ(content(copies[1], "/a"), std::nullopt);
  copies[2].power_cut(kDrop);
  EXPECT_EQ(content(copies[2], "/a"), std::string(1u << 20, 'a'));
  EXPECT_EQ(content(copies[3], "/a")->substr(0, 9), "unsynceda");
}

TEST(Snapshot, ReplacingTheContentClosesOldHandles) {
  SimDisk first(1), second(2);
  put_durably(first, "/a", "1");
  put_durably(second, "/a", "2");
  auto file = open(first, "/a");
  first = second;
  EXPECT_EQ(file->size().error().kind, ErrorKind::kClosed);
  EXPECT_EQ(content(first, "/a"), "2");
  EXPECT_EQ(first.durable_digest(), second.durable_digest());
}

}  // namespace
}  // namespace garage::sim

// The suite that every Disk passes. Include it in one test source, then instantiate it:
//
//   INSTANTIATE_TEST_SUITE_P(Posix, DiskConformance, ::testing::Values(DiskCase{"posix", make_posix_disk}));
//
// It calls the disk directly, from one thread, and knows nothing about power cuts (each implementation tests its own).
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "env/disk.hpp"
#include "env/small_file.hpp"

namespace garage::env::testing {

// A disk with an empty, existing directory that the test may fill; both live as long as this.
class DiskUnderTest {
 public:
  virtual ~DiskUnderTest() = default;
  virtual Disk& disk() = 0;
  virtual std::string root() = 0;  // without a slash at the end
};

struct DiskCase {
  std::string name;
  std::function<std::unique_ptr<DiskUnderTest>()> make;
  friend void PrintTo(const DiskCase& c, std::ostream* out) { *out << c.name; }
};

class DiskConformance : public ::testing::TestWithParam<DiskCase> {
 protected:
  DiskConformance() : world_(GetParam().make()), disk_(world_->disk()) {}

  std::string path(const std::string& name) const { return world_->root() + "/" + name; }
  std::unique_ptr<File> create(const std::string& name) {
    auto file = disk_.open(path(name), OpenMode::kCreateNew);
    EXPECT_TRUE(file) << (file ? "" : file.error().message);
    return file ? std::move(*file) : nullptr;
  }
  static Result<void> write(File& file, uint64_t offset, std::string_view bytes) {
    const std::array pieces{bytes};
    return file.write_at(offset, pieces);
  }
  static std::string read(File& file, uint64_t offset, size_t length) {
    std::string out(length, '?');
    auto got = file.read_at(offset, out);
    EXPECT_TRUE(got) << (got ? "" : got.error().message);
    out.resize(got ? *got : 0);
    return out;
  }
  void put(const std::string& name, std::string_view bytes) {
    auto file = create(name);
    ASSERT_TRUE(file);
    ASSERT_TRUE(write(*file, 0, bytes));
  }
  std::string get(const std::string& name) {
    auto content = read_file(disk_, path(name));
    return content ? *content : "error: " + content.error().message;
  }

  std::unique_ptr<DiskUnderTest> world_;
  Disk& disk_;
};

template <class T>
ErrorKind kind_of(const Result<T>& result) {
  EXPECT_FALSE(result) << "expected an error";
  return result ? ErrorKind::kInternal : result.error().kind;
}

// --- opening
// -------------------------------------------------------------------------------------------------------------------

TEST_P(DiskConformance, OpenModesAgreeWithWhatIsThere) {
  EXPECT_EQ(kind_of(disk_.open(path("f"), OpenMode::kRead)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(disk_.open(path("f"), OpenMode::kReadWrite)), ErrorKind::kNotFound);
  ASSERT_TRUE(disk_.open(path("f"), OpenMode::kCreateNew));
  EXPECT_EQ(kind_of(disk_.open(path("f"), OpenMode::kCreateNew)), ErrorKind::kExists);
  EXPECT_TRUE(disk_.open(path("f"), OpenMode::kCreate));
  EXPECT_TRUE(disk_.open(path("f"), OpenMode::kReadWrite));
  EXPECT_TRUE(disk_.open(path("f"), OpenMode::kRead));
  EXPECT_TRUE(disk_.open(path("g"), OpenMode::kCreate));
  EXPECT_EQ(kind_of(disk_.open(path("no/such/folder/f"), OpenMode::kCreate)), ErrorKind::kNotFound);
}

TEST_P(DiskConformance, ErrorsNameThePath) {
  auto missing = disk_.open(path("absent"), OpenMode::kRead);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find(path("absent")), std::string::npos) << missing.error().message;
}

TEST_P(DiskConformance, OpeningKeepsTheContent) {
  put("f", "hello");
  ASSERT_TRUE(disk_.open(path("f"), OpenMode::kCreate));
  ASSERT_TRUE(disk_.open(path("f"), OpenMode::kReadWrite));
  EXPECT_EQ(get("f"), "hello");
}

TEST_P(DiskConformance, FileOpenedForReadingRefusesWrites) {
  put("f", "hello");
  auto file = disk_.open(path("f"), OpenMode::kRead);
  ASSERT_TRUE(file);
  EXPECT_FALSE(write(**file, 0, "X"));
  EXPECT_FALSE((*file)->truncate(0));
  EXPECT_EQ(get("f"), "hello");
}

// --- reading and writing
// ---------------------------------------------------------------------------------------------------------

TEST_P(DiskConformance, ReadsAreShortOnlyAtTheEnd) {
  auto file = create("f");
  ASSERT_TRUE(write(*file, 0, "0123456789"));
  EXPECT_EQ(read(*file, 0, 10), "0123456789");
  EXPECT_EQ(read(*file, 3, 4), "3456");
  EXPECT_EQ(read(*file, 8, 10), "89");
  EXPECT_EQ(read(*file, 10, 10), "");
  EXPECT_EQ(read(*file, 1000, 10), "");
  EXPECT_EQ(read(*file, 0, 0), "");
  EXPECT_EQ(*file->size(), 10u);
}

TEST_P(DiskConformance, PiecesAreWrittenOneAfterAnother) {
  auto file = create("f");
  const std::array<std::string_view, 5> pieces{"ab", "", "cde", "f", ""};
  ASSERT_TRUE(file->write_at(2, pieces));
  EXPECT_EQ(read(*file, 0, 100), std::string("\0\0abcdef", 8));
  ASSERT_TRUE(file->write_at(0, {}));
  EXPECT_EQ(*file->size(), 8u);
}

TEST_P(DiskConformance, ThousandsOfPiecesAreOneWrite) {
  auto file = create("f");
  std::string expected;
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i) texts.push_back(std::to_string(i) + ",");
  for (const auto& text : texts) expected += text;
  const std::vector<std::string_view> pieces(texts.begin(), texts.end());
  ASSERT_TRUE(file->write_at(0, pieces));
  EXPECT_EQ(read(*file, 0, expected.size() + 1), expected);
}

TEST_P(DiskConformance, OverwritingAndWritingPastTheEnd) {
  auto file = create("f");
  ASSERT_TRUE(write(*file, 0, "aaaaaaaa"));
  ASSERT_TRUE(write(*file, 2, "bb"));
  EXPECT_EQ(read(*file, 0, 8), "aabbaaaa");
  ASSERT_TRUE(write(*file, 10000, "z"));
  EXPECT_EQ(*file->size(), 10001u);
  EXPECT_EQ(read(*file, 8, 9992), std::string(9992, '\0'));
  EXPECT_EQ(read(*file, 10000, 5), "z");
}

TEST_P(DiskConformance, CachedReadsAgreeWithReads) {
  auto file = create("f");
  const std::string bytes(100'000, 'x');
  ASSERT_TRUE(write(*file, 0, bytes));
  std::string out(1000, '?');
  auto inside = file->read_at_cached(5000, out);
  ASSERT_TRUE(inside);
  if (*inside) {
    EXPECT_EQ(**inside, 1000u);
    EXPECT_EQ(out, std::string(1000, 'x'));
  }
  auto across_the_end = file->read_at_cached(99'900, out);
  ASSERT_TRUE(across_the_end);
  if (*across_the_end) {
    EXPECT_EQ(**across_the_end, 100u);
  }
}

TEST_P(DiskConformance, WritesThroughOneHandleAreSeenThroughAnother) {
  auto writer = create("f");
  auto reader = disk_.open(path("f"), OpenMode::kRead);
  ASSERT_TRUE(reader);
  ASSERT_TRUE(write(*writer, 0, "now"));
  EXPECT_EQ(read(**reader, 0, 10), "now");
}

TEST_P(DiskConformance, SyncSucceedsAndChangesNothing) {
  auto file = create("f");
  ASSERT_TRUE(write(*file, 0, "kept"));
  EXPECT_TRUE(file->sync_data());
  EXPECT_TRUE(file->sync_data());
  EXPECT_EQ(read(*file, 0, 10), "kept");
}

TEST_P(DiskConformance, TruncateShrinksAndGrows) {
  auto file = create("f");
  ASSERT_TRUE(write(*file, 0, "0123456789"));
  ASSERT_TRUE(file->truncate(4));
  EXPECT_EQ(read(*file, 0, 10), "0123");
  ASSERT_TRUE(file->truncate(8));
  EXPECT_EQ(read(*file, 0, 10), std::string("0123\0\0\0\0", 8));
}

// --- holes
// -----------------------------------------------------------------------------------------------------------------------

// Does `extents` ascend without overlap and cover [offset, offset + length)?
inline bool covers(const std::vector<Extent>& extents, uint64_t offset, uint64_t length) {
  uint64_t end_before = 0;
  uint64_t covered_to = offset;
  for (const Extent& extent : extents) {
    if (extent.length == 0 || extent.offset < end_before) return false;
    end_before = extent.offset + extent.length;
    if (extent.offset <= covered_to && end_before > covered_to) covered_to = end_before;
  }
  return covered_to >= offset + length;
}

TEST_P(DiskConformance, ExtentsCoverWhatWasWritten) {
  auto file = create("f");
  auto none = file->data_extents();
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  constexpr uint64_t kFar = 8u << 20;
  ASSERT_TRUE(write(*file, 0, std::string(10'000, 'a')));
  ASSERT_TRUE(write(*file, kFar, std::string(10'000, 'b')));
  ASSERT_TRUE(file->sync_data());
  auto extents = file->data_extents();
  ASSERT_TRUE(extents);
  EXPECT_TRUE(covers(*extents, 0, 10'000));
  EXPECT_TRUE(covers(*extents, kFar, 10'000));
  ASSERT_FALSE(extents->empty());
  EXPECT_LE(extents->back().offset + extents->back().length, kFar + 10'000);
}

TEST_P(DiskConformance, PunchedRangeReadsAsZerosAndTheSizeStays) {
  auto file = create("f");
  ASSERT_TRUE(write(*file, 0, std::string(40'000, 'a')));
  auto punched = file->punch_hole(4096, 8192);
  if (!punched && punched.error().kind == ErrorKind::kUnsupported) GTEST_SKIP() << "no holes here";
  ASSERT_TRUE(punched);
  EXPECT_EQ(*file->size(), 40'000u);
  EXPECT_EQ(read(*file, 0, 4096), std::string(4096, 'a'));
  EXPECT_EQ(read(*file, 4096, 8192), std::string(8192, '\0'));
  EXPECT_EQ(read(*file, 12288, 100'000), std::string(40'000 - 12288, 'a'));
  auto extents = file->data_extents();
  ASSERT_TRUE(extents);
  EXPECT_TRUE(covers(*extents, 0, 4096));
  EXPECT_TRUE(covers(*extents, 12288, 40'000 - 12288));
}

TEST_P(DiskConformance, PunchingUnalignedOrPastTheEndTouchesNothingElse) {
  auto file = create("f");
  ASSERT_TRUE(write(*file, 0, std::string(10'000, 'a')));
  auto punched = file->punch_hole(100, 50);
  if (!punched && punched.error().kind == ErrorKind::kUnsupported) GTEST_SKIP() << "no holes here";
  ASSERT_TRUE(punched);
  EXPECT_EQ(read(*file, 0, 200), std::string(100, 'a') + std::string(50, '\0') + std::string(50, 'a'));
  ASSERT_TRUE(file->punch_hole(9'000, 100'000));
  EXPECT_EQ(*file->size(), 10'000u);
  EXPECT_EQ(read(*file, 9'000, 10'000), std::string(1'000, '\0'));
}

// --- names
// -----------------------------------------------------------------------------------------------------------------------

TEST_P(DiskConformance, RenameReplacesTheTarget) {
  put("a", "new");
  put("b", "old");
  ASSERT_TRUE(disk_.rename(path("a"), path("b")));
  EXPECT_EQ(get("b"), "new");
  EXPECT_EQ(kind_of(disk_.status(path("a"))), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(disk_.rename(path("a"), path("c"))), ErrorKind::kNotFound);
  EXPECT_TRUE(disk_.sync_directory(world_->root()));
}

TEST_P(DiskConformance, AnOpenFileOutlivesItsName) {
  auto file = create("f");
  ASSERT_TRUE(write(*file, 0, "still here"));
  ASSERT_TRUE(disk_.remove(path("f")));
  EXPECT_EQ(kind_of(disk_.status(path("f"))), ErrorKind::kNotFound);
  EXPECT_EQ(read(*file, 0, 100), "still here");
  ASSERT_TRUE(write(*file, 0, "STILL"));
  EXPECT_EQ(read(*file, 0, 100), "STILL here");
  put("f", "another");
  EXPECT_EQ(read(*file, 0, 100), "STILL here");
}

TEST_P(DiskConformance, RemoveTakesFilesAndEmptyDirectories) {
  EXPECT_EQ(kind_of(disk_.remove(path("f"))), ErrorKind::kNotFound);
  put("f", "x");
  EXPECT_TRUE(disk_.remove(path("f")));
  ASSERT_TRUE(disk_.make_directories(path("d")));
  put("d/f", "x");
  EXPECT_FALSE(disk_.remove(path("d")));
  ASSERT_TRUE(disk_.remove(path("d/f")));
  EXPECT_TRUE(disk_.remove(path("d")));
  EXPECT_EQ(kind_of(disk_.status(path("d"))), ErrorKind::kNotFound);
}

TEST_P(DiskConformance, MakeDirectoriesMakesAllAndMayBeRepeated) {
  ASSERT_TRUE(disk_.make_directories(path("a/b/c")));
  ASSERT_TRUE(disk_.make_directories(path("a/b/c")));
  ASSERT_TRUE(disk_.make_directories(path("a/b/c/")));
  auto status = disk_.status(path("a/b/c"));
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->is_directory);
  put("file", "x");
  EXPECT_FALSE(disk_.make_directories(path("file")));
  EXPECT_FALSE(disk_.make_directories(path("file/below")));
}

TEST_P(DiskConformance, ListIsSortedAndHoldsOnlyNames) {
  EXPECT_EQ(kind_of(disk_.list(path("absent"))), ErrorKind::kNotFound);
  EXPECT_TRUE(disk_.list(world_->root())->empty());
  put("b", "");
  put("a", "");
  put("B", "");
  ASSERT_TRUE(disk_.make_directories(path("dir/inner")));
  const std::vector<std::string> expected{"B", "a", "b", "dir"};
  auto names = disk_.list(world_->root());
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, expected);
}

TEST_P(DiskConformance, StatusTellsKindSizeAndMode) {
  EXPECT_EQ(kind_of(disk_.status(path("f"))), ErrorKind::kNotFound);
  {
    auto file = disk_.open(path("f"), OpenMode::kCreateNew, 0600);
    ASSERT_TRUE(file);
    ASSERT_TRUE(write(**file, 0, "12345"));
  }
  auto status = disk_.status(path("f"));
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->is_directory);
  EXPECT_EQ(status->size, 5u);
  EXPECT_EQ(status->mode, 0600u);
}

TEST_P(DiskConformance, SyncDirectoryNeedsTheDirectory) {
  EXPECT_TRUE(disk_.sync_directory(world_->root()));
  EXPECT_EQ(kind_of(disk_.sync_directory(path("absent"))), ErrorKind::kNotFound);
}

TEST_P(DiskConformance, SpaceIsPlausible) {
  auto space = disk_.space(world_->root());
  ASSERT_TRUE(space);
  EXPECT_GT(space->total_bytes, 0u);
  EXPECT_LE(space->available_bytes, space->total_bytes);
}

TEST_P(DiskConformance, LockIsHeldOnceAndReleasedWithItsObject) {
  auto first = disk_.try_lock(path("lock"));
  ASSERT_TRUE(first);
  EXPECT_EQ(kind_of(disk_.try_lock(path("lock"))), ErrorKind::kExists);
  EXPECT_TRUE(disk_.try_lock(path("other")));
  first->reset();
  EXPECT_TRUE(disk_.try_lock(path("lock")));
}

// --- the helper that everybody uses
// ------------------------------------------------------------------------------------------------

TEST_P(DiskConformance, SmallFilesAreReplacedWhole) {
  ASSERT_TRUE(replace_file(disk_, path("state"), "one", 0600, true));
  ASSERT_TRUE(replace_file(disk_, path("state"), "two", 0600, true));
  EXPECT_EQ(get("state"), "two");
  EXPECT_EQ(get("state.previous"), "one");
  const std::vector<std::string> expected{"state", "state.previous"};
  EXPECT_EQ(*disk_.list(world_->root()), expected);
}

}  // namespace garage::env::testing

#include "kv/rocksdb/log_space.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "kv/rocksdb/testing/test_support.hpp"

namespace garage::kv {
namespace {

int cannot_reserve(int, int, off_t, off_t) {
  errno = EOPNOTSUPP;
  return -1;
}

// While RocksDB writes a record, another thread may ask for room: nothing is written where the record goes.
TEST(LogSpace, NothingIsWrittenOverARecordThatIsUnderWay) {
  for (const LogSpace::Fallocate reserve : {&::fallocate, &cannot_reserve}) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("000001.log");
    write_whole(path, "");
    LogSpace space(LogSpace::Kind::kLog, path, true, reserve);
    const std::string small(1000, 's');
    const std::string large(20'000, 'l');
    ASSERT_TRUE(space.reserve(small.size()));
    std::fstream log(path, std::ios::binary | std::ios::in | std::ios::out);
    log << small << std::flush;
    space.grew(small.size());
    std::string expected = small;
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(space.reserve(large.size()));
      log << large << std::flush;
      expected += large;
      ASSERT_TRUE(space.reserve(0));
      space.grew(large.size());
    }
    space.close();
    EXPECT_TRUE(read_whole(path).starts_with(expected));
  }
}

}  // namespace
}  // namespace garage::kv

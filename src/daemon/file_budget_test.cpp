#include "daemon/file_budget.hpp"

#include <gtest/gtest.h>

#include "block/block_store.hpp"
#include "net/server.hpp"

namespace garage::daemon {
namespace {

TEST(FileBudget, AllSharesTogetherAreNoMoreThanThereIs) {
  for (const uint64_t files : {1024u, 4096u, 8192u, 17'312u, 42'000u, 65'536u, 1'000'000u}) {
    for (const size_t servers : {2u, 4u, 8u, 16u}) {
      const FileBudget budget = file_budget(files, servers);
      EXPECT_LE(budget.volumes + budget.tables + budget.peer_connections + budget.admin_connections + budget.others +
                    budget.front.connections_max * servers,
                files)
          << files << " " << servers;
      EXPECT_GE(budget.front.connections_max * servers, std::min<uint64_t>(files / 2, 20'000) - servers);
      EXPECT_EQ(budget.front.connections_per_address_max, budget.front.connections_max / 2);
    }
  }
}

TEST(FileBudget, WhatIsWantedIsWhatTheModulesTakeByThemselves) {
  const FileBudget budget = file_budget(1'000'000, 4);
  EXPECT_EQ(budget.volumes, block::BlockOptions{}.open_files_max);
  EXPECT_EQ(budget.peer_connections, net::ServerOptions{}.connections_max);
  EXPECT_EQ(budget.own(), FileBudget{}.own());
  EXPECT_EQ(file_budget(42'000, 4).front.connections_max, 8336u);
}

TEST(FileBudget, NeitherNoneNorTooMany) {
  EXPECT_EQ(file_budget(0, 4).front.connections_max, 16u);
  EXPECT_EQ(file_budget(0, 4).tables, 16u);
  EXPECT_EQ(file_budget(UINT64_MAX, 1).front.connections_max, 20'000u);
  EXPECT_EQ(file_budget(UINT64_MAX, 1).front.connections_per_address_max, 10'000u);
}

}  // namespace
}  // namespace garage::daemon

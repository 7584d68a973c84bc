// The repairs by the words that people give them: for the command and for completions.
#pragma once

#include <array>
#include <string_view>

namespace garage::cli {

struct RepairName {
  std::string_view word;
  std::string_view type;  // of the operation; empty: not built yet
  std::string_view help = {};
};

inline constexpr std::array<RepairName, 9> kRepairs = {
    {{"tables", "tables", "Make the rows of all nodes equal"},
     {"blocks", "blocks", "Look for blocks that are missing, or not needed"},
     {"block-refs", "blockRefs", "Go through all references of blocks"},
     {"block-rc", "blockRc", "Count the references of all blocks again"},
     {"clear-resync-queue", "clearResyncQueue", "Forget which blocks are to be fetched"},
     {"versions", ""},
     {"mpu", ""},
     {"aliases", ""},
     {"rebalance", ""}}};

}  // namespace garage::cli

// Volumes are lost while the metadata is kept: what is written anew is not taken for the room of what is gone.
#include <gtest/gtest.h>

#include "block/testing/test_node.hpp"

namespace garage::block {
namespace {

using namespace testing;

TEST(LostVolume, WhatIsBroughtBackStays) {
  Machine machine;
  const std::string one = noise(1, 20'000), two = noise(2, 30'000);
  BlockPlace before;
  {
    TestNode node(machine);
    node.must_open();
    ASSERT_TRUE(node.store(one) && node.store(two));
    before = node.place(hash_of(one));
    ASSERT_TRUE(machine.disk.remove(node.path(before)));
    node.shut_down();
  }
  TestNode node(machine);
  node.must_open();
  EXPECT_FALSE(node.blocks->has(hash_of(one)).value()) << "its row does not make it be here";
  EXPECT_FALSE(node.read(hash_of(one)));
  ASSERT_TRUE(node.store(one) && node.store(two));
  EXPECT_NE(node.place(hash_of(one)).volume, before.volume);
  node.settle();  // the room that the old rows named is freed
  EXPECT_EQ(node.read(hash_of(one)).value_or("<damaged>"), one);
  EXPECT_EQ(node.read(hash_of(two)).value_or("<damaged>"), two);
  EXPECT_TRUE(node.blocks->has(hash_of(one)).value());
  node.shut_down();
}

}  // namespace
}  // namespace garage::block

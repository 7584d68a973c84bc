#include "config/suggest.hpp"

#include <gtest/gtest.h>

namespace garage::config {
namespace {

TEST(EditDistance, KnownCases) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("region", "regoin"), 1u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
}

TEST(ClosestKey, LooksInAllSections) {
  EXPECT_EQ(closest_key("block_sise"), "block_size");
  EXPECT_EQ(closest_key("s3_api.api_bind_address"), "s3_api.api_bind_addr");
  EXPECT_EQ(closest_key("s3_region"), "s3_api.s3_region");
  EXPECT_EQ(closest_key("s3_api.regoin"), "s3_api.s3_region");
  EXPECT_EQ(closest_key("admin.metadata_dir"), "metadata_dir");
  EXPECT_EQ(closest_key("nothing_like_it_at_all"), "");
}

}  // namespace
}  // namespace garage::config

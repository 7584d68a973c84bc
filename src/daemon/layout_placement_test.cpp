// What a node takes from the layout for itself.
#include "daemon/layout_placement.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace garage::daemon {
namespace {

NodeId node(uint8_t number) {
  NodeId id;
  id.bytes.fill(number);
  return id;
}

layout::Role storage() {
  return {.zone = "here", .capacity_bytes = 1'000'000'000, .tags = {}};
}

layout::Role gateway() {
  return {.zone = "here", .capacity_bytes = std::nullopt, .tags = {}};
}

// Of one node that keeps everything.
layout::History history_of_one() {
  layout::History history;
  EXPECT_TRUE(layout::stage_role(history, node(1), storage()));
  EXPECT_TRUE(layout::apply_staged(history, 1));
  layout::Progress progress;
  while (layout::announce(history, node(1), progress)) progress.fenced_stage = layout::enterable_stage(history);
  EXPECT_EQ(history.settled, 1u);
  return history;
}

void change(layout::History& history, uint64_t version, NodeId who, std::optional<layout::Role> role) {
  EXPECT_TRUE(layout::stage_role(history, who, std::move(role)));
  EXPECT_TRUE(layout::apply_staged(history, version));
}

TEST(LayoutPlacement, AGatewayIsCompanyButKeepsNothing) {
  layout::History history = history_of_one();
  LayoutPlacement placement(node(1));
  placement.show(history, layout::enterable_stage(history));
  EXPECT_TRUE(placement.alone());
  EXPECT_FALSE(placement.has_company());
  // From the moment on when it is known to come.
  change(history, 2, node(2), gateway());
  placement.show(history, layout::enterable_stage(history));
  EXPECT_TRUE(placement.alone());
  EXPECT_TRUE(placement.has_company());
}

TEST(LayoutPlacement, WhoHasLeftIsNoCompany) {
  layout::History history = history_of_one();
  change(history, 2, node(2), gateway());
  change(history, 3, node(2), std::nullopt);
  layout::Progress progress;
  progress.fenced_stage = layout::first_stage(1);
  LayoutPlacement placement(node(1));
  while (layout::announce(history, node(1), progress)) {
    placement.show(history, layout::enterable_stage(history));
    EXPECT_EQ(placement.has_company(), history.settled < 3);
    progress.fenced_stage = layout::enterable_stage(history);
  }
  EXPECT_EQ(history.settled, 3u);
  placement.show(history, layout::enterable_stage(history));
  EXPECT_FALSE(placement.has_company());
}

// Nothing has to be told to it any more; it is in the sets until a version leaves it out.
TEST(LayoutPlacement, WhoIsRevokedStoresNothing) {
  layout::History history = history_of_one();
  change(history, 2, node(2), storage());
  LayoutPlacement placement(node(1));
  placement.show(history, layout::first_stage(2));
  EXPECT_EQ(placement.storage_nodes(), (std::vector<NodeId>{node(1), node(2)}));
  EXPECT_TRUE(layout::revoke(history, {node(2)}));
  placement.show(history, layout::first_stage(2));
  EXPECT_EQ(placement.storage_nodes(), std::vector<NodeId>{node(1)});
  EXPECT_FALSE(placement.alone());
}

}  // namespace
}  // namespace garage::daemon

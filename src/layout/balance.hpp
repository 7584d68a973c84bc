// Evening out how full the nodes are, in a flow that stays of least cost. Private to this module.
#pragma once

#include <cstdint>
#include <vector>

#include "layout/flow_graph.hpp"

namespace garage::layout {

// Where units are taken from nodes and given to others: two vertices beside the flow, with an arc of no capacity yet
// to and from each node.
struct BalanceEnds {
  FlowGraph::Vertex taker = 0, giver = 0;
  std::vector<FlowGraph::Vertex> vertex;  // of each node
  std::vector<FlowGraph::Arc> take;       // taker to node
  std::vector<FlowGraph::Arc> give;       // node to giver
};

// Moves units of `loads` between nodes, so that each holds in proportion to its weight as nearly as the flow can be
// turned, and never more than its room.
void balance(FlowGraph& graph, const BalanceEnds& ends, const std::vector<uint32_t>& room,
             const std::vector<uint64_t>& weights, std::vector<uint32_t> loads);

}  // namespace garage::layout

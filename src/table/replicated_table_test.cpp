#include "table/replicated_table.hpp"

#include <gtest/gtest.h>

#include <set>

#include "table/row_key.hpp"
#include "table/testing_cluster.hpp"

namespace garage::table {
namespace {

using testing::FixedPlacement;
using testing::id_of;

// Nodes as a program builds them; the mesh between them is a plain call.
struct Mesh {
  struct Node final : public net::Caller {
    Node(size_t index, Mesh& mesh_in)
        : mesh(mesh_in),
          parts(index + 1),
          hub(id_of(index), parts.store, parts.commits, parts.pool, parts.ords, parts.random, *this) {
      parts.schema.with_companions = true;
      table = hub.make(parts.schema, mesh.placement);
      EXPECT_TRUE(hub.open());
    }
    Task<Result<std::string>> call(NodeId node, std::string operation, std::string payload,
                                   net::CallOptions options) override {
      const size_t to = node.bytes[0] - 1u;
      if (mesh.down.contains(to)) co_return fail(ErrorKind::kUnavailable, "down");
      co_return co_await mesh.nodes[to]->hub.service().answer(std::move(operation), std::move(payload));
    }
    std::vector<NodeId> nearest_first(std::vector<NodeId> ids) const override { return ids; }
    bool is_up(const NodeId& node) const override { return !mesh.down.contains(node.bytes[0] - 1u); }

    Mesh& mesh;
    testing::TestNode parts;
    TableHub hub;
    std::unique_ptr<ReplicatedTable> table;
  };

  Mesh() {
    for (size_t i = 0; i < 4; ++i) nodes.push_back(std::make_unique<Node>(i, *this));
  }
  Task<bool> stop_all() {
    for (auto& node : nodes) co_await node->hub.stop();
    co_return true;
  }
  Write write(size_t via, std::string key, std::string body) {
    Write out = nodes[via]->parts.blind(std::move(key), "v");
    out.companions = {{kv::Family::kInline, std::string(out.uuid.view()), std::move(body)}};
    return out;
  }

  runtime::ManualLoop loop;
  FixedPlacement placement;
  std::set<size_t> down;
  std::vector<std::unique_ptr<Node>> nodes;
};

TEST(ReplicatedTable, IsATableOfACluster) {
  Mesh mesh;
  const std::string shard = shard_prefix(BucketId{}, 3);
  for (auto& node : mesh.nodes) ASSERT_TRUE(mesh.loop.run_until_done(node->hub.set_replicated(true)));
  {
    runtime::Loop::Scope scope(&mesh.loop);
    for (auto& node : mesh.nodes) node->hub.start();
  }
  // A gateway writes, lists and reads what lies beside the row.
  ReplicatedTable& gateway = *mesh.nodes[3]->table;
  Write first = mesh.write(3, shard + "a", "body a");
  const kv::Key beside = first.companions[0].family == kv::Family::kInline
                             ? kv::Key{kv::Family::kInline, first.companions[0].key}
                             : kv::Key{};
  ASSERT_TRUE(mesh.loop.run_until_done(gateway.write(std::move(first))));
  EXPECT_EQ(mesh.loop.run_until_done(gateway.read_companion(shard + "a", beside)), "body a");
  mesh.down = {1};
  ASSERT_TRUE(mesh.loop.run_until_done(gateway.write(mesh.write(3, shard + "b", "body b"))));
  auto page = mesh.loop.run_until_done(gateway.ranges().read({kv::Family::kObject, {shard}, "", "", "", 10}));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->rows.size(), 2u);

  // Whoever was away gets it by the duties.
  const auto missed = [&] { return !*mesh.nodes[1]->parts.store.get(kv::Family::kObject, shard + "b"); };
  EXPECT_TRUE(missed());
  mesh.down = {};
  {
    runtime::Loop::Scope scope(&mesh.loop);
    for (int i = 0; i < 100 && missed(); ++i) mesh.loop.advance(100ms);
  }
  EXPECT_FALSE(missed());
  EXPECT_TRUE(mesh.loop.run_until_done(mesh.stop_all()));
}

TEST(ReplicatedTable, ANodeAloneSendsNothingAndKeepsNoDigests) {
  Mesh mesh;
  mesh.placement.sets = {1, {id_of(0)}, {{id_of(0)}}};
  mesh.down = {0, 1, 2, 3};
  const std::string shard = shard_prefix(BucketId{}, 3);
  ASSERT_TRUE(mesh.loop.run_until_done(mesh.nodes[0]->table->write(mesh.write(0, shard + "a", "body"))));
  auto page =
      mesh.loop.run_until_done(mesh.nodes[0]->table->ranges().read({kv::Family::kObject, {shard}, "", "", "", 9}));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows.size(), 1u);
  EXPECT_EQ(mesh.nodes[0]->parts.store.estimate_count(kv::Family::kDigest), 0u);
  EXPECT_EQ(mesh.nodes[0]->parts.store.estimate_count(kv::Family::kPromise), 0u);
}

}  // namespace
}  // namespace garage::table

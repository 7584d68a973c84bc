// A node for tests of operations: everything real, over a simulated disk and the store in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "admin/node_space.hpp"
#include "admin/operations.hpp"
#include "object/testing/object_node.hpp"

namespace garage::admin::testing {

class AdminNode {
 public:
  AdminNode() {
    EXPECT_TRUE(machine.disk.make_directories("meta"));
    EXPECT_TRUE(machine.disk.make_directories("data"));
    facts.id.bytes.fill(0xab);
    layout = LayoutKeeper::open(machine.disk, node.pool, "meta", 1, facts.id).value();
    facts.hostname = "h1";
    facts.address = "10.0.0.1:3901";
    facts.s3_region = "garage";
    env = std::make_unique<env::Env>(node.env(machine));
    context = std::make_unique<Context>(Context{.env = *env,
                                                .settings = *node.settings,
                                                .objects = *node.objects,
                                                .blocks = *node.node.blocks,
                                                .store = machine.store,
                                                .layout = *layout,
                                                .space = space,
                                                .facts = facts});
  }

  // `request` is JSON text.
  Reply call(std::string operation, std::string_view request = "null") {
    return node.run(run_operation(*context, std::move(operation), codec::parse_json(request).value()));
  }
  Json good(const std::string& operation, std::string_view request = "null") {
    Reply reply = call(operation, request);
    EXPECT_TRUE(reply) << operation << ": " << reply.error().message;
    return reply ? std::move(*reply) : Json();
  }
  // "Code (status)"
  std::string bad(const std::string& operation, std::string_view request = "null") {
    Reply reply = call(operation, request);
    EXPECT_FALSE(reply) << codec::to_json(*reply);
    return reply ? "" : reply.error().code + " (" + std::to_string(reply.error().status) + ")";
  }
  std::string message(const std::string& operation, std::string_view request = "null") {
    Reply reply = call(operation, request);
    EXPECT_FALSE(reply);
    return reply ? "" : reply.error().message;
  }

  void apply_layout() {
    good("UpdateClusterLayout",
         R"({"roles": [{"id": ")" + facts.id.hex() + R"(", "zone": "dc1", "capacity": 100000000000, "tags": ["t"]}]})");
    good("ApplyClusterLayout", R"({"version": 1})");
  }
  static std::string text(const Json& object, std::string_view name) {
    return std::string(object.find(name)->as_string().value());
  }

  object::testing::Machine machine;
  object::testing::ObjectNode node{machine};
  NodeFacts facts;
  std::unique_ptr<LayoutKeeper> layout;
  SpaceMeter space{{.disk = machine.disk,
                    .metadata_pool = node.pool,
                    .data_pool = node.pool,
                    .metadata_dir = "meta",
                    .data_dirs = {"data"}}};
  std::unique_ptr<env::Env> env;
  std::unique_ptr<Context> context;
};

}  // namespace garage::admin::testing

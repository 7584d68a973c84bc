// What operations work on. Borrowed from the node; lives longer than every operation.
#pragma once

#include <string>
#include <string_view>

#include "admin/admin_tokens.hpp"
#include "admin/cluster_view.hpp"
#include "admin/layout_keeper.hpp"
#include "admin/maintenance.hpp"
#include "base/ids.hpp"
#include "block/block_store.hpp"
#include "env/env.hpp"
#include "kv/store.hpp"
#include "model/settings.hpp"
#include "object/objects.hpp"

namespace garage::admin {

// What this node says of itself.
struct NodeFacts {
  NodeId id;
  std::string hostname;
  std::string address;  // where others reach it; empty if not known
  std::string s3_region;
  std::string s3_endpoint;  // public; empty if not set
  bool s3_path_style = true;
};

class SpaceMeter;

struct Context {
  env::Env& env;
  model::Settings& settings;
  object::Objects& objects;
  block::BlockStore& blocks;
  kv::Store& store;
  LayoutKeeper& layout;
  SpaceMeter& space;
  NodeFacts facts;
  ClusterView* cluster = nullptr;      // null where the node is alone
  Maintenance* maintenance = nullptr;  // null in tests of what needs none
  AdminTokens* tokens = nullptr;       // null in worlds without any

  uint64_t now_ms() const { return env.clock.wall_now().unix_ms; }
};

}  // namespace garage::admin

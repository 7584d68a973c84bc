#include "sim/register_accidents.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "runtime/sleep.hpp"

namespace garage::sim {

RegisterAccidents::RegisterAccidents(RegisterWorld& cluster) : cluster_(cluster) {}

void RegisterAccidents::start() {
  SimRandom& random = cluster_.random();
  if (random.chance(0.85)) cluster_.world().spawn(bring_accidents(random.between(Duration(1500ms), Duration(3500ms))));
  cluster_.world().spawn(sync_replicas());
  if (cluster_.scenario().answers_before_sync) cluster_.world().spawn(sync_stores());
}

Task<void> RegisterAccidents::bring_accidents(Duration until) {
  const bool alone = cluster_.scenario().shape == RegisterShape::kAlone;
  const Duration pause_longest = alone ? Duration(20ms) : Duration(200ms);
  for (;;) {
    co_await runtime::sleep_for(pause_longest / 5 + cluster_.random().between(Duration(0), pause_longest));
    if (cluster_.healed() || cluster_.world().now() > until) co_return;
    one_accident();
  }
}

void RegisterAccidents::one_accident() {
  const uint64_t drawn = cluster_.random().below(100);
  if (drawn < 33) {
    cut_a_link();
  } else if (drawn < 47) {
    isolate_a_node();
  } else if (drawn < 70) {
    cut_power();
  } else if (drawn < 92) {
    jump_a_clock();
  } else {
    refuse_on_disk();
  }
}

void RegisterAccidents::later(Duration delay, runtime::Job job) {
  cluster_.world().loop().call_after(delay, std::move(job));
}

void RegisterAccidents::cut_a_link() {
  SimRandom& random = cluster_.random();
  const auto a = static_cast<NodeIndex>(random.below(cluster_.node_count()));
  const auto b = static_cast<NodeIndex>(random.below(cluster_.node_count()));
  if (a == b) return;
  Links& links = cluster_.world().links();
  links.block(a, b);
  if (random.chance(0.6)) links.block(b, a);
  later(random.between(Duration(50ms), Duration(550ms)), [&links, a, b] {
    links.unblock(a, b);
    links.unblock(b, a);
  });
  ++cluster_.counts().link_cuts;
}

void RegisterAccidents::isolate_a_node() {
  const NodeIndex count = cluster_.node_count();
  if (count < 2) return;
  const auto alone = static_cast<NodeIndex>(cluster_.random().below(count));
  Links& links = cluster_.world().links();
  links.isolate({alone}, count);
  later(cluster_.random().between(Duration(50ms), Duration(450ms)), [&links, alone, count] {
    for (NodeIndex other = 0; other < count; ++other) {
      links.unblock(alone, other);
      links.unblock(other, alone);
    }
  });
  ++cluster_.counts().isolations;
}

void RegisterAccidents::cut_power() {
  SimRandom& random = cluster_.random();
  const auto victim = static_cast<NodeIndex>(random.below(cluster_.node_count()));
  if (!cluster_.is_up(victim)) return;
  cluster_.power_cut(victim);
  const bool alone = cluster_.node_count() == 1;
  later(random.between(Duration(20ms), alone ? Duration(40ms) : Duration(420ms)),
        [cluster = &cluster_, victim] { cluster->restart(victim); });
}

void RegisterAccidents::jump_a_clock() {
  SimRandom& random = cluster_.random();
  SimNode& node = cluster_.world().node(static_cast<NodeIndex>(random.below(cluster_.node_count())));
  Duration offset = random.between(Duration(0), Duration(400ms)) - 200ms;
  if (cluster_.scenario().far_clocks && random.chance(0.3)) offset += random.chance(0.7) ? 1h : -1h;
  node.clock().set_wall_offset(offset);
  ++cluster_.counts().clock_jumps;
}

void RegisterAccidents::refuse_on_disk() {
  SimRandom& random = cluster_.random();
  kv::MemoryStore& store = cluster_.slot(static_cast<NodeIndex>(random.below(cluster_.node_count()))).store;
  const ErrorKind kind = random.chance(0.5) ? ErrorKind::kIo : ErrorKind::kNoSpace;
  if (random.chance(0.7)) {
    store.fail_next_writes(kind, 1 + random.below(3));
  } else {
    store.fail_next_reads(ErrorKind::kIo, 1 + random.below(3));
  }
  ++cluster_.counts().disk_refusals;
}

Task<void> RegisterAccidents::sync_replicas() {
  while (!cluster_.healed()) {
    co_await runtime::sleep_for(cluster_.random().between(Duration(15ms), Duration(135ms)));
    sync_one();
  }
}

void RegisterAccidents::sync_one() {
  SimRandom& random = cluster_.random();
  const auto from = static_cast<NodeIndex>(random.below(cluster_.node_count()));
  if (!cluster_.is_up(from)) return;
  const auto members = table::union_of(cluster_.slot(from).placement.sets.write);
  const NodeIndex to = index_of(random.pick(members));
  const bool keeps_it = std::find(members.begin(), members.end(), node_id_of(from)) != members.end();
  if (to == from || !keeps_it) return;
  cluster_.spawn_on(from, push(&cluster_, cluster_.slot(from).server, to));
}

// A replica that refuses an older row may be stuck behind a promise that nobody will fulfil: settle.
Task<void> RegisterAccidents::push(RegisterWorld* cluster, RegisterNode* from, NodeIndex to) {
  auto reply = co_await from->push_row(kRegisterKey, node_id_of(to));
  if (!reply || reply->verdict != table::Verdict::kRefused) co_return;
  ++cluster->counts().syncs_refused;
  if (!cluster->random().chance(0.3)) co_return;
  auto settled = co_await from->quorum().settle(kRegisterKey, reply->seen);
  if (settled) ++cluster->counts().settled;
}

// What syncs now and then where nothing is synced before its answer.
Task<void> RegisterAccidents::sync_stores() {
  while (!cluster_.healed()) {
    co_await runtime::sleep_for(cluster_.random().between(Duration(50ms), Duration(300ms)));
    for (NodeIndex i = 0; i < cluster_.node_count(); ++i) {
      if (cluster_.is_up(i)) (void)cluster_.slot(i).store.sync();
    }
  }
}

}  // namespace garage::sim

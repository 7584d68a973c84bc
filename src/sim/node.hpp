// One simulated machine with one process on it. A kill or power cut ends a life, a restart begins the next; disk,
// clocks and random stream stay, everything else is new.
//
// Killing is safe at any point, also from inside the node's own code: see loop.hpp for what becomes of coroutines and
// objects. So let a life own what it runs:
//
//   void boot(SimNode& node) {                               // called at every start, on the node's loop
//     auto& server = node.own(std::make_unique<Server>(node.env()));
//     node.serve([&server](std::string request) { return server.handle(std::move(request)); });
//     node.spawn(server.run());
//   }
//
// References into a life (env() included) are for that life only. Objects and loops of dead ones stay in memory until
// the world ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "runtime/task.hpp"
#include "sim/bus.hpp"
#include "sim/clock.hpp"
#include "sim/disk.hpp"
#include "sim/faults.hpp"
#include "sim/links.hpp"

namespace garage::sim {

class World;

class SimNode {
 public:
  using Boot = std::function<void(SimNode&)>;

  // Made by World::add_node().
  SimNode(World& world, NodeIndex index, SimRandom random, Boot boot);
  ~SimNode();
  SimNode(const SimNode&) = delete;

  NodeIndex index() const { return index_; }
  std::string ip() const;  // "10.0.0.N"
  World& world() { return world_; }
  env::Env env();
  SimDisk& disk() { return disk_; }
  SimClock& clock() { return clock_; }
  SimRandom& random() { return random_; }
  SimLoop& loop();

  bool alive() const;
  uint64_t lives() const { return lives_.size(); }
  // kill -9: the files stay as they are. Peers see their connections end.
  void kill();
  // The machine loses power: unsynced changes meet their fate, peers see nothing at all. Also decides for a disk whose
  // planned cut (SimDisk::cut_at_sync) has killed the node already.
  void power_cut(const CutOptions& options);
  // The node is down: begins a new life and calls boot on its loop. Where nobody decided about a lost power yet, it is
  // drawn.
  void restart();
  // Stands still: no job, timer or pool job runs; the clocks go on.
  void pause(Duration how_long);
  void set_disk_slowdown(uint64_t factor);

  // For the current life. own() keeps the object until the world ends, destroyed in reverse order.
  template <class T>
  T& own(std::unique_ptr<T> object) {
    T& out = *object;
    keep(std::shared_ptr<T>(std::move(object)));
    return out;
  }
  void spawn(Task<void> task);
  void serve(Bus::Handler handler);

 private:
  friend class World;
  struct Life;
  void begin_life();
  void end_life(bool power_lost);
  void destroy_frames();
  void destroy_lives();
  void keep(std::shared_ptr<void> object);

  World& world_;
  NodeIndex index_;
  SimRandom random_;
  Boot boot_;
  SimClock clock_;
  SimDisk disk_;
  uint64_t disk_slowdown_ = 1;
  std::vector<std::unique_ptr<Life>> lives_;  // the last one may be alive
};

}  // namespace garage::sim

// Goes on looking for the other nodes of the cluster in one directory: publishes this node first and then every minute;
// looks up the others after 1, 2, 4 ... 60 s as long as somebody is missing, and now and then at rest. Trouble is said
// once when it comes and once when it is over; it never stops the node.
//
//   finder.start();                          on the loop of the mesh
//   co_await finder.stop();                  takes the entry away, first thing of a shutdown
//   co_await finder.settle();                after what `found` uses has been stopped
//
// Ownership: borrows the discovery and what `parts` refer to. Threads: one loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "discovery/discovery.hpp"
#include "runtime/random.hpp"
#include "runtime/signal.hpp"
#include "runtime/task_group.hpp"

namespace garage::discovery {

struct FinderParts {
  runtime::Random& random;
  // Where this node is; an error says why that is not known.
  std::function<Task<Result<Announcement>>()> self;
  // Is there anybody to look for? Cheap.
  std::function<bool()> somebody_missing;
  // Tries to reach it.
  std::function<Task<void>(FoundNode)> found;
};

struct FinderOptions {
  Duration renew_every = 60s;
  Duration first_pause = 1s;
  Duration longest_pause = 60s;
  Duration look_at_rest_every = 10min;
  Duration tick = 1s;
};

class Finder {
 public:
  Finder(std::unique_ptr<Discovery> discovery, FinderParts parts, FinderOptions options = {})
      : discovery_(std::move(discovery)), parts_(std::move(parts)), options_(options) {}

  void start();
  Task<void> stop();
  Task<void> settle() { return reaches_.join(); }

 private:
  // One kind of trouble: the last words said of it.
  class Complaint {
   public:
    void bad(std::string_view who, std::string_view what, const std::string& message);
    void good(std::string_view who, std::string_view what);

   private:
    std::string said_;
  };
  // When something is tried again.
  struct Turn {
    MonotonicTime at = {};
    Duration pause{0};
  };

  Task<void> run();
  Task<void> publish();
  Task<void> look();
  Task<void> reach(FoundNode node);
  Task<void> withdraw();
  Task<void> rest(Duration longest);
  void later(Turn& turn);

  std::unique_ptr<Discovery> discovery_;
  FinderParts parts_;
  const FinderOptions options_;
  bool stopping_ = false;
  bool published_ = false;
  bool searching_ = false;
  Turn publishing_, looking_;
  Complaint publish_complaint_, look_complaint_, entry_complaint_, nobody_complaint_;
  std::set<FoundNode> reaching_;
  runtime::Signal wake_;
  runtime::TaskGroup loop_;
  runtime::TaskGroup reaches_;
};

}  // namespace garage::discovery

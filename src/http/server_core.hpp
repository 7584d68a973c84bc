// What the connections of one server share: limits, the handler, borrowed memory, and the list of who is idle and who
// is busy.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "env/network.hpp"
#include "http/http_date.hpp"
#include "http/server.hpp"
#include "http/workspace.hpp"
#include "runtime/clock.hpp"
#include "runtime/seldom.hpp"
#include "runtime/signal.hpp"
#include "runtime/task_group.hpp"

namespace garage::http {

class Connection;

// While the server stops, a request may be under way on a connection that looks idle, the first one above all: it comes
// within this time, and is answered as the connection's last.
inline constexpr Duration kFarewell = 250ms;

class ServerCore {
 public:
  ServerCore(runtime::Clock& clock, env::Network& network, Handler& handler, ServerOptions options);
  ~ServerCore();

  Result<void> listen(env::Address address, env::ListenOptions options);
  std::vector<env::Address> addresses() const;
  Task<void> stop(Duration grace);
  size_t connections() const { return idle_.size() + busy_.size(); }

  // For connections.
  struct Listed {
    Connection* connection;
    bool idle;
  };
  using Place = std::list<Listed>::iterator;
  const ServerOptions& options() const { return options_; }
  GateLimits gate_limits() const;
  Handler& handler() { return handler_; }
  WorkspacePool& workspaces() { return workspaces_; }
  std::string_view date() { return date_.text(clock_.wall_now()); }
  bool stopping() const { return stopping_; }
  void mark_idle(Place place);
  void mark_busy(Place place);

 private:
  Task<void> accept_loop(env::Listener& listener);
  Task<void> run(std::unique_ptr<env::Stream> stream, std::string peer);
  // Waits until one more connection is allowed; false if the server stops meanwhile.
  Task<bool> make_room();
  bool admit_address(const std::string& host);
  void forget_address(const std::string& host);
  static void cut(const std::list<Listed>& listed);

  runtime::Clock& clock_;
  env::Network& network_;
  Handler& handler_;
  const ServerOptions options_;
  DateCache date_;
  WorkspacePool workspaces_;
  std::vector<std::unique_ptr<env::Listener>> listeners_;
  std::list<Listed> idle_;  // the longest idle first
  std::list<Listed> busy_;
  std::unordered_map<std::string, size_t> per_address_;  // looked up only, never walked
  runtime::Signal room_;                                 // a connection is gone or idle, or the server stops
  bool stopping_ = false;
  runtime::Seldom turned_away_;  // for the log
  runtime::TaskGroup tasks_;
};

}  // namespace garage::http

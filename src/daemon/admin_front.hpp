// The admin API of a node: its service and the HTTP server before it.
//
// Threads: the first loop. Ownership: the Node.
#pragma once

#include "admin_http/service.hpp"
#include "api/metered_handler.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"

namespace garage::daemon {

class AdminFront {
 public:
  AdminFront(env::Env& env, admin::Context context, admin_http::ServiceOptions options,
             const telemetry::Instruments& instruments, size_t connections_max);

  Result<void> listen(env::Address address);
  Task<void> stop(Duration grace) { return server_.stop(grace); }

 private:
  admin_http::Service service_;
  api::MeteredHandler metered_;
  http::Server server_;
};

}  // namespace garage::daemon

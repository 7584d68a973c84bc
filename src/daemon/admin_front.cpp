#include "daemon/admin_front.hpp"

namespace garage::daemon {
namespace {

http::ServerOptions server_options() {
  http::ServerOptions out;
  out.connections_max = 1000;
  return out;
}

}  // namespace

AdminFront::AdminFront(env::Env& env, admin::Context context, admin_http::ServiceOptions options)
    : service_(std::move(context), std::move(options)), server_(env, service_, server_options()) {}

Result<void> AdminFront::listen(env::Address address) {
  return server_.listen(std::move(address), {.share_port = false, .unix_socket_mode = 0220});
}

}  // namespace garage::daemon

#include <fmt/format.h>

#include "admin/node_identity.hpp"
#include "cli/commands.hpp"

namespace garage::cli {

Result<void> run_node_id(Session& session) {
  const config::Settings& settings = *session.settings;
  TRY(const NodeId id, admin::read_node_id(*session.disk, settings.metadata_dir));
  const bool quiet = session.arguments.has("quiet");
  if (settings.rpc_public_addr) {
    session.say(fmt::format("{}@{}", id.hex(), *settings.rpc_public_addr));
  } else {
    session.say(id.hex());
  }
  if (quiet) return {};
  const std::string port = settings.rpc_bind_addr.substr(settings.rpc_bind_addr.rfind(':') + 1);
  const std::string address = settings.rpc_public_addr.value_or("127.0.0.1:" + port);
  if (!settings.rpc_public_addr) {
    session.note("WARNING: I don't know the public address to reach this node.");
    session.note(fmt::format(
        "In all of the instructions below, replace {} by the address it has for other nodes (set rpc_public_addr).",
        address));
  }
  session.note("");
  session.note("To instruct a node to connect to this node, run the following command on that node:");
  session.note(fmt::format("    garage [-c <config file path>] node connect {}@{}", id.hex(), address));
  session.note("");
  session.note("Or instruct them to connect from here by running:");
  session.note(fmt::format("    garage -c <config file path> -h <remote node> node connect {}@{}", id.hex(), address));
  session.note("");
  session.note("This node identifier can also be added as a bootstrap node in other nodes' configuration file:");
  session.note("    bootstrap_peers = [");
  session.note(fmt::format("        \"{}@{}\",", id.hex(), address));
  session.note("        ...");
  session.note("    ]");
  session.note("");
  session.note("Security notice: do not share this identifier publicly.");
  return {};
}

}  // namespace garage::cli

#include "cli/target.hpp"

#include <fmt/format.h>

#include "admin/node_identity.hpp"

namespace garage::cli {
namespace {

// Where a listener can be reached from its own machine.
std::string reachable(const std::string& bind_address) {
  const size_t colon = bind_address.rfind(':');
  const std::string_view host = std::string_view(bind_address).substr(0, colon);
  if (host == "0.0.0.0" || host == "[::]") return "127.0.0.1" + bind_address.substr(colon);
  return bind_address;
}

}  // namespace

Result<Target> parse_peer(std::string_view text) {
  const size_t at = text.find('@');
  const auto id = at == std::string_view::npos ? std::nullopt : NodeId::from_hex(text.substr(0, at));
  if (!id || text.substr(at + 1).rfind(':') == std::string_view::npos) {
    return fail(ErrorKind::kInvalid,
                fmt::format("'{}' is not a node: expected <64 hexadecimal digits>@<host>:<port>", text));
  }
  return Target{*id, {std::string(text.substr(at + 1))}};
}

Result<Target> local_target(env::Disk& disk, const config::Settings& settings) {
  Target out;
  TRY(out.id, admin::read_node_id(disk, settings.metadata_dir));
  out.addresses.push_back(reachable(settings.rpc_bind_addr));
  if (settings.rpc_public_addr && *settings.rpc_public_addr != out.addresses.front())
    out.addresses.push_back(*settings.rpc_public_addr);
  return out;
}

}  // namespace garage::cli

#include "admin_http/openapi.hpp"
#include "cli/commands.hpp"

namespace garage::cli {

Result<void> run_admin_api_schema(Session& session) {
  session.out += codec::to_json_pretty(admin_http::openapi_document()) + '\n';
  return {};
}

}  // namespace garage::cli

#include "admin_http/reply.hpp"

namespace garage::admin_http {
namespace {

constexpr std::string_view kMethods = "OPTIONS,GET,POST";

}  // namespace

http::Response json_reply(const codec::Json& value, int status) {
  http::Response out = http::Response::text(status, codec::to_json_pretty(value), "application/json");
  out.headers.add("Access-Control-Allow-Origin", "*");
  return out;
}

http::Response error_reply(const admin::AdminError& error, std::string_view region, std::string_view path) {
  return json_reply(
      codec::Json::object({{"code", error.code}, {"message", error.message}, {"region", region}, {"path", path}}),
      error.status);
}

http::Response preflight_reply() {
  http::Response out;
  out.headers.add("Allow", kMethods);
  out.headers.add("Access-Control-Allow-Methods", kMethods);
  out.headers.add("Access-Control-Allow-Headers", "authorization,content-type");
  out.headers.add("Access-Control-Allow-Origin", "*");
  return out;
}

}  // namespace garage::admin_http

#include "admin/messages.hpp"

namespace garage::admin {

std::string encode_reply(const Reply& reply) {
  if (reply) return codec::to_json(Json::object({{"ok", *reply}}));
  const AdminError& error = reply.error();
  return codec::to_json(Json::object(
      {{"error", Json::object({{"code", error.code}, {"status", error.status}, {"message", error.message}})}}));
}

Result<Reply> decode_reply(std::string_view text) {
  // One level is the envelope's.
  auto parsed = codec::parse_json(text, codec::kJsonDepthMax + 1);
  if (!parsed) return fail(ErrorKind::kCorrupt, "the daemon's answer is not JSON: " + parsed.error().message);
  if (const Json* ok = parsed->find("ok")) return Reply(*ok);
  const Json* error = parsed->find("error");
  const Json* code = error ? error->find("code") : nullptr;
  const Json* status = error ? error->find("status") : nullptr;
  const Json* message = error ? error->find("message") : nullptr;
  if (!code || !code->as_string() || !status || !status->as_int64() || !message || !message->as_string()) {
    return fail(ErrorKind::kCorrupt, "the daemon's answer is neither a result nor an error");
  }
  return Reply(std::unexpected(AdminError{std::string(*code->as_string()), static_cast<int>(*status->as_int64()),
                                          std::string(*message->as_string())}));
}

Task<std::string> answer(Context& context, std::string operation, std::string request) {
  Json parsed;
  if (!request.empty()) {
    auto json = codec::parse_json(request);
    if (!json) co_return encode_reply(invalid_request("Invalid JSON: " + json.error().message));
    parsed = std::move(*json);
  }
  co_return encode_reply(co_await run_operation(context, std::move(operation), std::move(parsed)));
}

}  // namespace garage::admin

#include "discovery/api_client.hpp"

#include <fmt/format.h>

#include "codec/json.hpp"
#include "discovery/ip_literal.hpp"
#include "env/connect.hpp"
#include "http/client.hpp"
#include "http/http_date.hpp"
#include "http/response.hpp"

namespace garage::discovery {
namespace {

constexpr Duration kTimeout = 5s;  // from the first step to the last byte
constexpr size_t kRefusalCharactersMax = 300;
constexpr http::ClientLimits kLimits{.body_bytes_max = 16u << 20};

}  // namespace

Task<Result<ApiAnswer>> ApiClient::ask_there(ApiRequest request) {
  std::shared_ptr<const net::WebTlsContext> context;
  if (endpoint_.tls) {
    CO_TRY(context, co_await trust_.load());
  }
  const MonotonicTime deadline = runtime::Loop::current()->now() + kTimeout;
  const std::string authority = join_host_port(endpoint_.host, endpoint_.port);
  CO_TRY(auto stream, co_await env::connect_by_name(env_.network, authority, deadline));
  if (context) {
    CO_TRY(stream, co_await net::connect_web_tls(std::move(stream), context, endpoint_.host, deadline));
  }
  request.headers.set("Accept", "application/json");
  if (!request.body.empty()) request.headers.set("Content-Type", "application/json");
  http::ClientRequest outgoing;
  outgoing.method = std::move(request.method);
  outgoing.target = endpoint_.prefix + request.target;
  outgoing.host = authority;
  outgoing.headers = std::move(request.headers);
  outgoing.body = std::move(request.body);
  auto answer = co_await http::exchange(*stream, std::move(outgoing), kLimits, deadline);
  stream->close();
  if (!answer) co_return std::unexpected(answer.error());
  const auto date = answer->headers.get("date");
  co_return ApiAnswer{.status = answer->status,
                      .body = std::move(answer->body),
                      .date = date ? http::parse_http_date(*date) : std::nullopt};
}

Task<Result<ApiAnswer>> ApiClient::ask(ApiRequest request) {
  auto answer = co_await ask_there(std::move(request));
  if (!answer) co_return std::unexpected(answer.error().within(endpoint_.url()));
  co_return answer;
}

std::string refusal_text(const ApiAnswer& answer) {
  std::string text = answer.body;
  if (const auto json = codec::parse_json(answer.body)) {
    const auto* message = json->find("message");
    if (message && message->as_string()) text = *message->as_string();
  }
  std::string out = fmt::format("HTTP status {} ", answer.status);
  const std::string_view phrase = http::reason_phrase(answer.status);
  out.append(phrase);
  if (!phrase.empty() && !text.empty()) out.append(": ");
  for (const char c : text.substr(0, kRefusalCharactersMax)) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte >= 0x7f ? ' ' : c);
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace garage::discovery

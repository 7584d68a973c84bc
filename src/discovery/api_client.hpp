// Asks an API over HTTP: one connection a question, the whole answer in memory, everything bounded.
//
// Threads: one loop. Errors: those of the way (kUnavailable, kTimeout, kDenied for TLS, kCorrupt); an answer with any
// status is an answer. They name the endpoint.
#pragma once

#include <optional>
#include <string>

#include "discovery/endpoint.hpp"
#include "discovery/trust.hpp"
#include "env/env.hpp"
#include "http/header_block.hpp"

namespace garage::discovery {

struct ApiRequest {
  std::string method = "GET";
  std::string target;  // below the endpoint's prefix; encoded
  http::HeaderBlock headers = {};
  std::string body = {};  // JSON
};

struct ApiAnswer {
  int status = 0;
  std::string body;
  std::optional<WallTime> date = {};  // what time it is there, if told
  bool ok() const { return status >= 200 && status < 300; }
};

class ApiClient {
 public:
  ApiClient(env::Env& env, Endpoint endpoint, TrustFiles trust)
      : env_(env), endpoint_(std::move(endpoint)), trust_(env, std::move(trust)) {}

  Task<Result<ApiAnswer>> ask(ApiRequest request);
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  Task<Result<ApiAnswer>> ask_there(ApiRequest request);

  env::Env& env_;
  const Endpoint endpoint_;
  Trust trust_;
};

// What a refusal says to people: the `message` of a JSON body or the beginning of the text, on one line.
std::string refusal_text(const ApiAnswer& answer);

}  // namespace garage::discovery

// One S3 request on its way through the front: what was asked, by whom, about which bucket, and what an operation may
// use to answer.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "api/authenticate.hpp"
#include "api/error.hpp"
#include "api/request_id.hpp"
#include "api/uri.hpp"
#include "env/env.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "model/directory.hpp"
#include "model/settings.hpp"
#include "object/objects.hpp"
#include "runtime/clock.hpp"
#include "runtime/task.hpp"
#include "s3/options.hpp"
#include "telemetry/instruments.hpp"

namespace garage::s3 {

// What the operations work on. Borrowed from the program.
struct Backend {
  env::Env& env;
  model::Settings& settings;
  object::Objects& objects;
  const Options& options;
  const telemetry::Instruments* instruments = nullptr;  // null: nothing is counted
  const std::atomic<bool>* shut = nullptr;              // true: this node has no place in its cluster. May be null
  // By which signatures are fresh, and by which keys and policies end, where clocks disagree. Null: the clock of `env`.
  runtime::Clock* signing_clock = nullptr;
  runtime::Clock* ending_clock = nullptr;

  WallTime signing_now() const { return (signing_clock != nullptr ? *signing_clock : env.clock).wall_now(); }
  WallTime ending_now() const { return (ending_clock != nullptr ? *ending_clock : env.clock).wall_now(); }
};

// Lives for the request; everything in it is valid until the answer is sent.
struct Call {
  Backend& backend;
  const http::Request& request;
  const api::ParsedUri& uri;
  const api::ObjectAddress& address;
  const api::Authenticated& who;
  std::shared_ptr<const model::Directory> directory;
  std::shared_ptr<const model::AccessKey> key;  // null: anonymous
  std::shared_ptr<const model::Bucket> bucket;  // null where the operation needs none
  const api::AuthContext* auth = nullptr;       // for what carries its credentials in its body

  const api::EffectiveHeaders& headers() const { return who.headers; }
  std::optional<std::string_view> query(std::string_view name) const { return uri.query.get(name); }
  object::BucketRef bucket_ref() const { return object::BucketRef::of(*bucket); }
  std::string writer() const { return key ? key->id : std::string(); }
  uint64_t now_ms() const { return backend.env.clock.wall_now().unix_ms; }
};

using Reply = api::ApiResult<http::Response>;

}  // namespace garage::s3

// The website endpoint as an HTTP handler, one for each loop. No credentials are read: what a bucket's website serves
// is public.
//
// Ownership: borrows the backend. Threads: its loop.
#pragma once

#include <atomic>
#include <memory>

#include "api/error.hpp"
#include "env/env.hpp"
#include "http/server.hpp"
#include "model/settings.hpp"
#include "object/objects.hpp"
#include "web/options.hpp"
#include "web/plan.hpp"

namespace garage::web {

// Borrowed from the program.
struct Backend {
  env::Env& env;
  model::Settings& settings;
  object::Objects& objects;
  const Options& options;
  const std::atomic<bool>* shut = nullptr;  // true: this node has no place in its cluster. May be null
};

class Service : public http::Handler {
 public:
  explicit Service(Backend backend) : backend_(backend) {}

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(int status, std::string_view reason) override;

 private:
  using Answer = api::ApiResult<http::Response>;
  using Site = std::shared_ptr<const model::Bucket>;

  // Null where no website has that name.
  Task<Result<Site>> find_site(std::string host);
  Task<Answer> run(const http::Request& request, Site site);
  Task<Answer> carry_out(const http::Request& request, Site site, Plan plan);
  // The error as the bucket wants it shown, if it does.
  Task<http::Response> show_error(const http::Request& request, Site site, api::ApiError error);

  Backend backend_;
};

}  // namespace garage::web

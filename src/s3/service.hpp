// The S3 front as an HTTP handler, one for each loop: takes a request apart, checks who asks and what they may do, runs
// the operation, renders its errors.
//
// Ownership: borrows the backend. Threads: its loop.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "api/authenticate.hpp"
#include "api/request_meter.hpp"
#include "http/server.hpp"
#include "s3/call.hpp"
#include "s3/operations.hpp"

namespace garage::s3 {

class Service : public http::Handler {
 public:
  explicit Service(Backend backend)
      : backend_(backend),
        keys_(backend_.settings),
        meter_(backend.instruments, {.prefix = "api_s3", .what = "S3 API"}) {}

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(int status, std::string_view reason) override;
  void answer_failed(const http::Request& request) override { meter_.count_failed(name_of(request)); }

 private:
  // The access keys of the current snapshot in the form the signature check wants; a record is made once and shared
  // while unchanged.
  class Keys : public api::KeyLookup {
   public:
    explicit Keys(model::Settings& settings) : settings_(settings) {}
    std::shared_ptr<const api::KeyRecord> find_key(std::string_view id) override;

   private:
    struct Entry {
      std::shared_ptr<const model::AccessKey> source;
      std::shared_ptr<const api::KeyRecord> record;
    };
    model::Settings& settings_;
    std::unordered_map<std::string, Entry, model::StringHash, std::equal_to<>> entries_;
  };

  Task<http::Response> answer(http::Request& request, const Operation*& asked);
  std::string_view name_of(const http::Request& request) const;
  std::string bucket_asked_of(const http::Request& request) const;
  // `bucket` becomes the one that the request is about, as soon as that is known.
  Task<Reply> run(http::Request& request, const api::ParsedUri& uri, std::shared_ptr<const model::Bucket>& bucket,
                  const Operation*& asked);
  Task<Reply> preflight(http::Request& request, const api::ObjectAddress& address);
  http::Response error_response(const http::Request& request, const api::ApiError& error, std::string_view request_id);

  Backend backend_;
  Keys keys_;
  api::SigningKeyCache signing_keys_;
  api::RequestMeter meter_;
};

}  // namespace garage::s3

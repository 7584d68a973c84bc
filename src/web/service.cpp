#include "web/service.hpp"

#include <utility>

#include "api/access_log.hpp"
#include "api/cors.hpp"
#include "api/request_id.hpp"
#include "api/uri.hpp"
#include "base/log.hpp"
#include "web/object_answer.hpp"
#include "web/page.hpp"
#include "web/site.hpp"

namespace garage::web {
namespace {

constexpr std::string_view kComponent = "web";
constexpr size_t kBucketNameBytesMax = 63;

void log_request(const http::Request& request) {
  if (!log::wants(log::Level::kInfo, kComponent)) return;
  const std::string client = api::client_text(request.peer, request.headers.get("x-forwarded-for").value_or(""));
  log::write(log::Level::kInfo, kComponent, api::access_line({client, "", request.method_text, request.target}));
}

void log_error(const http::Request& request, const api::ApiError& error) {
  const auto level = error.status() >= 500 ? log::Level::kWarn : log::Level::kInfo;
  if (!log::wants(level, kComponent)) return;
  const std::string client = api::client_text(request.peer, request.headers.get("x-forwarded-for").value_or(""));
  std::string message(error.text());
  if (!error.detail.empty()) message += " (" + error.detail + ")";
  log::write(level, kComponent,
             api::error_line({client, "", request.method_text, request.target}, error.status(), message));
}

// A missing website and a bucket that has none look the same: nobody learns which buckets exist.
api::ApiError no_such_site() {
  return api::make_error(api::ErrorCode::kNoSuchBucket, "No website of this name is served here.");
}

api::ApiError no_site(bool shut, const Result<std::shared_ptr<const model::Bucket>>& found) {
  if (shut) return api::no_place_in_cluster();
  return found ? no_such_site() : api::from(found.error());
}

bool is_missing(const api::ApiResult<http::Response>& answer) {
  return !answer && answer.error().code == api::ErrorCode::kNoSuchKey;
}

}  // namespace

Task<http::Response> Service::handle(http::Request& request) {
  const api::RequestId id(backend_.env.random);
  log_request(request);
  const bool shut = backend_.shut != nullptr && backend_.shut->load(std::memory_order_relaxed);
  Result<Site> found = Site();
  if (!shut) found = co_await find_site(std::string(request.headers.get("host").value_or("")));
  const Site site = found ? *found : nullptr;
  Answer answer;
  if (site) {
    answer = co_await run(request, site);
  } else {
    answer = std::unexpected(no_site(shut, found));
  }
  http::Response response;
  if (answer) {
    response = std::move(*answer);
  } else {
    log_error(request, answer.error());
    response = co_await show_error(request, site, std::move(answer.error()));
  }
  if (site && request.method != http::Method::kOptions) api::show_cors(response.headers, request, *site);
  response.headers.add("x-amz-request-id", id.view());
  co_return response;
}

Task<Result<Service::Site>> Service::find_site(std::string host) {
  const std::string name = bucket_name_of(host, backend_.options.root_domain);
  if (name.empty() || name.size() > kBucketNameBytesMax) co_return Site();
  Site site = bucket_by_name(*backend_.settings.directory(), name);
  if (!site) {
    CO_TRY([[maybe_unused]] const bool found, co_await backend_.settings.look_for_bucket(name));
    site = bucket_by_name(*backend_.settings.directory(), name);
  }
  co_return site && site->website ? site : nullptr;
}

Task<Service::Answer> Service::run(const http::Request& request, Site site) {
  switch (request.method) {
    case http::Method::kGet:
    case http::Method::kHead:
      break;
    case http::Method::kOptions:
      co_return api::answer_preflight(request, site.get());
    default: {
      api::ApiError error = api::make_error(api::ErrorCode::kMethodNotAllowed);
      error.headers.emplace_back("allow", "GET, HEAD, OPTIONS");
      co_return std::unexpected(std::move(error));
    }
  }
  CO_API_TRY(const std::string path, api::decode_path(request.raw_path));
  if (!path.starts_with('/')) co_return api::api_fail(api::ErrorCode::kInvalidUri);
  Plan plan = plan_request(*site->website, std::string_view(path).substr(1), request.target);
  co_return co_await carry_out(request, std::move(site), std::move(plan));
}

Task<Service::Answer> Service::carry_out(const http::Request& request, Site site, Plan plan) {
  if (plan.at_once) co_return redirect_to(*plan.at_once);
  auto& objects = backend_.objects;
  const auto bucket = object::BucketRef::of(*site);
  auto answer = co_await answer_with_object(objects, bucket, std::move(plan.page), request);
  if (!is_missing(answer)) co_return answer;
  if (plan.instead) co_return redirect_to(*plan.instead);
  if (plan.replacement) co_return co_await answer_with_object(objects, bucket, std::move(*plan.replacement), request);
  if (plan.folder_index && plan.folder_index->size() <= api::kKeyBytesMax) {
    CO_API_TRY(const auto index, co_await objects.head(bucket, *plan.folder_index));
    if (index) co_return redirect_to(plan.to_folder);
  }
  co_return answer;
}

Task<http::Response> Service::show_error(const http::Request& request, Site site, api::ApiError error) {
  const int status = error.status();
  const bool client_error = status >= 400 && status < 500;
  if (!site || !site->website->error_document || request.method != http::Method::kGet || !client_error) {
    co_return error_page(error);
  }
  Page page{*site->website->error_document, status};
  auto document = co_await answer_with_object(backend_.objects, object::BucketRef::of(*site), std::move(page), request);
  if (!document) co_return error_page(error);
  for (const auto& [name, value] : error.headers) document->headers.set(name, value);
  document->headers.add("x-garage-error", error.text());
  co_return std::move(*document);
}

http::Response Service::refuse(int status, std::string_view reason) {
  const bool ours = status >= 500 && status != 501 && status != 505;
  http::Response response = error_page(
      api::make_error(ours ? api::ErrorCode::kInternalError : api::ErrorCode::kBadRequest, std::string(reason)));
  response.status = status;
  return response;
}

}  // namespace garage::web

#include "s3/service.hpp"

#include <algorithm>
#include <utility>

#include "api/access_log.hpp"
#include "api/cors.hpp"
#include "api/metered_request.hpp"
#include "base/log.hpp"
#include "model/bucket.hpp"
#include "s3/bucket_owner.hpp"
#include "s3/known_settings.hpp"
#include "s3/write_condition.hpp"
#include "telemetry/span.hpp"

namespace garage::s3 {
namespace {

constexpr std::string_view kComponent = "api_s3";
constexpr size_t kKeyRecordsMax = 10'000;
constexpr std::string_view kHostId = "garage";
constexpr std::string_view kSourceConditions = "x-amz-copy-source-if-";

api::AccessLogEntry log_entry(const http::Request& request, std::string_view client, std::string_view key_id) {
  return {client, key_id, request.method_text, request.target};
}

// Also those that nobody has heard of yet, of whatever they are (x-amz-object-if-match). If-Range goes with a Range,
// and is of reads only; metadata is called as its owner likes.
bool is_condition(std::string_view header) {
  if (header.starts_with("if-")) return header != "if-range";
  return header.find("-if-") != header.npos && !header.starts_with("x-amz-meta-");
}

// A write under a condition that is not kept would be another one than was asked for.
api::ApiResult<void> check_conditions_can_be_kept(const Call& call, const Operation& operation) {
  if (call.request.method == http::Method::kGet || call.request.method == http::Method::kHead) return {};
  api::ApiResult<void> verdict;
  call.headers().for_each([&](std::string_view name, std::string_view) {
    if (!is_condition(name)) return;
    if (std::ranges::find(operation.conditions, name) == operation.conditions.end()) {
      verdict = api::api_fail(
          api::ErrorCode::kNotImplemented,
          "The header " + std::string(name) + " is not implemented for " + std::string(operation.name) + ".");
    } else if (!call.backend.options.decides_conditions && !name.starts_with(kSourceConditions)) {
      verdict = std::unexpected(conditions_undecided());
    }
  });
  return verdict;
}

}  // namespace

std::shared_ptr<const api::KeyRecord> Service::Keys::find_key(std::string_view id) {
  auto key = settings_.directory()->key(id);
  if (!key) return nullptr;
  auto it = entries_.find(id);
  if (it == entries_.end()) {
    if (entries_.size() >= kKeyRecordsMax) entries_.clear();
    it = entries_.emplace(std::string(id), Entry{}).first;
  }
  if (it->second.source != key) {
    auto record =
        std::make_shared<const api::KeyRecord>(api::KeyRecord{key->id, key->secret, key->name, key->expires_ms});
    it->second = {std::move(key), std::move(record)};
  }
  return it->second.record;
}

Task<http::Response> Service::handle(http::Request& request) {
  api::MeteredRequest metered(meter_, request, "S3 API call (unknown)");
  const Operation* operation = nullptr;
  auto response = co_await answer(request, operation);
  const std::string_view endpoint = operation != nullptr ? operation->name : name_of(request);
  if (metered.answered(endpoint, response.status)) {
    metered.span().rename("S3 API " + std::string(endpoint));
    metered.span().set("bucket", bucket_asked_of(request));
  }
  co_return response;
}

// As the request names it; empty where it names none.
std::string Service::bucket_asked_of(const http::Request& request) const {
  const auto uri = api::parse_uri(request);
  if (!uri) return {};
  const std::string virtual_host(request.headers.get("host").value_or(""));
  auto address = api::locate(*uri, virtual_host, backend_.options.root_domain);
  return address ? std::move(address->bucket) : std::string();
}

// Of a request that was refused before it was known what it asks for, or whose answer is long given.
std::string_view Service::name_of(const http::Request& request) const {
  constexpr std::string_view kUnknown = "unknown";
  if (request.method == http::Method::kOptions) return "Options";
  const auto uri = api::parse_uri(request);
  if (!uri) return kUnknown;
  const std::string virtual_host(request.headers.get("host").value_or(""));
  const auto address = api::locate(*uri, virtual_host, backend_.options.root_domain);
  if (!address) return kUnknown;
  const auto operation = route(request, *uri, *address, api::EffectiveHeaders(request.headers));
  return operation ? (*operation)->name : kUnknown;
}

Task<http::Response> Service::answer(http::Request& request, const Operation*& asked) {
  const api::RequestId id(backend_.env.random);
  http::Response response;
  auto uri = api::parse_uri(request);
  if (!uri) {
    response = error_response(request, uri.error(), id.view());
  } else {
    if (log::wants(log::Level::kInfo, kComponent)) {
      const std::string client = api::client_text(request.peer, request.headers.get("x-forwarded-for").value_or(""));
      log::write(log::Level::kInfo, kComponent,
                 api::access_line(log_entry(request, client, api::claimed_key_id(request, *uri))));
    }
    std::shared_ptr<const model::Bucket> bucket;
    auto reply = co_await run(request, *uri, bucket, asked);
    response = reply ? std::move(*reply) : error_response(request, reply.error(), id.view());
    if (bucket && request.method != http::Method::kOptions) api::show_cors(response.headers, request, *bucket);
  }
  response.headers.add("x-amz-request-id", id.view());
  response.headers.add("x-amz-id-2", kHostId);
  co_return response;
}

Task<Reply> Service::preflight(http::Request& request, const api::ObjectAddress& address) {
  auto bucket = backend_.settings.directory()->resolve_bucket(address.bucket, nullptr);
  if (!bucket && !address.bucket.empty()) {
    const auto found = co_await backend_.settings.look_for_bucket(address.bucket);
    if (!found) co_return std::unexpected(api::from(found.error()));
    bucket = backend_.settings.directory()->resolve_bucket(address.bucket, nullptr);
  }
  co_return api::answer_preflight(request, bucket.get());
}

Task<Reply> Service::run(http::Request& request, const api::ParsedUri& uri,
                         std::shared_ptr<const model::Bucket>& bucket, const Operation*& asked) {
  if (backend_.shut != nullptr && backend_.shut->load(std::memory_order_relaxed))
    co_return std::unexpected(api::no_place_in_cluster());
  const std::string virtual_host = std::string(request.headers.get("host").value_or(""));
  CO_API_TRY(const api::ObjectAddress address, api::locate(uri, virtual_host, backend_.options.root_domain));
  if (request.method == http::Method::kOptions) co_return co_await preflight(request, address);
  // Also who is refused is told so in the way that pages can read.
  if (request.headers.has("origin")) bucket = backend_.settings.directory()->resolve_bucket(address.bucket, nullptr);
  const std::string key_id(api::claimed_key_id(request, uri));
  CO_API_CHECK_OK(co_await confirm_settings(backend_, key_id, address.bucket));
  const api::AuthContext context{keys_,
                                 signing_keys_,
                                 backend_.options.region,
                                 backend_.signing_now(),
                                 {.accept_us_east_1_alias = backend_.options.accept_us_east_1_alias,
                                  .allow_v2 = backend_.options.allow_signature_v2},
                                 address.virtual_host ? std::string_view(address.bucket) : std::string_view(),
                                 backend_.ending_now()};
  auto authenticated = api::authenticate(request, uri, context);
  if (!authenticated && authenticated.error().code == api::ErrorCode::kInvalidAccessKeyId &&
      co_await backend_.settings.look_for_key(key_id)) {
    authenticated = api::authenticate(request, uri, context);
  }
  CO_API_TRY(const api::Authenticated who, std::move(authenticated));
  CO_API_TRY(const Operation* operation, route(request, uri, address, who.headers));
  asked = operation;

  Call call{backend_, request, uri, address, who, backend_.settings.directory(), nullptr, nullptr, &context};
  if (who.principal.is_signed()) {
    const telemetry::Span span("key", " get");
    call.key = call.directory->key(who.principal.access_key_id());
  }
  // Such a form has its credentials in its body, and with them who may know the bucket by a name of their own. What the
  // body looks like lets nobody in: it is the operation that says so.
  const bool by_form = operation->right == Right::kWriteByForm && api::is_post_form(request);
  if (operation->needs_bucket) {
    auto found = co_await find_bucket(call, address.bucket);
    const bool is_unknown = !found && found.error().code == api::ErrorCode::kNoSuchBucket;
    if (!found && !(is_unknown && by_form)) co_return std::unexpected(std::move(found).error());
    if (found) call.bucket = std::move(*found);
    bucket = call.bucket;
  }
  if (!by_form) {
    if (!call.key) co_return api::api_fail(api::ErrorCode::kAccessDenied);
    if (call.bucket) {
      CO_API_CHECK_OK(co_await require_right(call, call.bucket, address.bucket, operation->right));
      CO_API_CHECK_OK(check_expected_owner(call, *call.bucket, "x-amz-expected-bucket-owner"));
    }
  }
  CO_API_CHECK_OK(check_conditions_can_be_kept(call, *operation));
  auto reply = co_await operation->run(call);
  if (call.bucket) bucket = call.bucket;
  co_return reply;
}

http::Response Service::error_response(const http::Request& request, const api::ApiError& error,
                                       std::string_view request_id) {
  const int status = error.status();
  const auto level = status >= 500 ? log::Level::kWarn : log::Level::kInfo;
  if (log::wants(level, kComponent)) {
    const std::string client = api::client_text(request.peer, request.headers.get("x-forwarded-for").value_or(""));
    std::string message(error.text());
    if (!error.detail.empty()) message += " (" + error.detail + ")";
    log::write(level, kComponent, api::error_line(log_entry(request, client, ""), status, message));
  }
  http::Response response;
  response.status = status;
  for (const auto& [name, value] : error.headers) response.headers.add(name, value);
  if (status == 304) return response;
  response.headers.add("content-type", "application/xml");
  response.body = api::render_error(error, {request.raw_path, request_id, kHostId});
  return response;
}

http::Response Service::refuse(int status, std::string_view reason) {
  const api::RequestId id(backend_.env.random);
  const bool ours = status >= 500 && status != 501 && status != 505;
  const auto error =
      api::make_error(ours ? api::ErrorCode::kInternalError : api::ErrorCode::kBadRequest, std::string(reason));
  http::Response response;
  response.status = status;
  response.headers.add("content-type", "application/xml");
  response.headers.add("x-amz-request-id", id.view());
  response.body = api::render_error(error, {"", id.view(), kHostId});
  return response;
}

}  // namespace garage::s3

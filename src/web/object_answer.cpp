#include "web/object_answer.hpp"

#include "api/body_stream.hpp"
#include "api/conditions.hpp"
#include "api/range.hpp"
#include "api/shown_object.hpp"
#include "api/uri.hpp"
#include "web/page.hpp"

namespace garage::web {
namespace {

constexpr std::string_view kRedirect = "x-amz-website-redirect-location";

struct Window {
  api::ByteRange range;
  bool partial = false;
};

// An answer without a body, where the conditions of the request want one.
api::ApiResult<std::optional<http::Response>> judge_conditions(const api::EffectiveHeaders& headers,
                                                               const object::Object& object) {
  API_TRY(const bool has_it, api::is_not_modified(headers, object));
  if (!has_it) return std::nullopt;
  http::Response response;
  response.status = 304;
  api::show_object(response.headers, object);
  return response;
}

api::ApiResult<Window> choose_window(const api::EffectiveHeaders& headers, const object::Object& object) {
  const uint64_t size = object.version.bytes;
  const auto header = api::range_that_counts(headers, object.version.etag.text(), {object.modified_ms});
  API_TRY(const auto range, api::resolve_range(header, size));
  return range ? Window{*range, true} : Window{{0, size}, false};
}

http::Response head_of(const object::Object& object, const Window& window, int status) {
  http::Response response;
  response.status = window.partial ? 206 : status;
  api::show_object(response.headers, object);
  if (window.partial) response.headers.add("content-range", api::content_range(window.range, object.version.bytes));
  return response;
}

}  // namespace

Task<api::ApiResult<http::Response>> answer_with_object(object::Objects& objects, object::BucketRef bucket, Page page,
                                                        const http::Request& request) {
  if (page.key.size() > api::kKeyBytesMax) co_return api::api_fail(api::ErrorCode::kNoSuchKey);
  const api::EffectiveHeaders headers(request.headers);
  for (int attempt = 0;; ++attempt) {
    CO_API_TRY(const auto found, co_await objects.head(bucket, page.key));
    if (!found) co_return api::api_fail(api::ErrorCode::kNoSuchKey);
    Window window{{0, found->version.bytes}, false};
    if (page.status == 200) {
      if (const auto* location = found->version.header(kRedirect)) co_return redirect_to({301, *location});
      CO_API_TRY(auto judged, judge_conditions(headers, *found));
      if (judged) co_return std::move(*judged);
      CO_API_TRY(window, choose_window(headers, *found));
    }
    http::Response response = head_of(*found, window, page.status);
    if (request.method == http::Method::kHead) {
      response.entity_length = window.range.length;
      co_return response;
    }
    auto opened = co_await api::open_body(response, objects, bucket, page.key, *found, window.range);
    if (!opened && api::is_worth_another_look(opened.error(), attempt)) continue;
    if (!opened) co_return std::unexpected(api::from(opened.error()));
    co_return response;
  }
}

}  // namespace garage::web

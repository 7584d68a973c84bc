// PostObject: a file from a browser's form. The credentials are in the form, so this operation checks them itself.
#include <algorithm>

#include "api/form_data.hpp"
#include "api/post_policy.hpp"
#include "codec/percent.hpp"
#include "crypto/digest.hpp"
#include "s3/bucket_owner.hpp"
#include "s3/known_settings.hpp"
#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/post_form.hpp"
#include "s3/reply.hpp"
#include "s3/request_body.hpp"

namespace garage::s3 {
namespace {

constexpr uint64_t kFileBytesMax = uint64_t{5} << 30;

http::Response answer(const Call& call, const api::FormFields& form, const std::string& key,
                      const object::Stored& stored) {
  const auto redirect = form_redirect(form);
  const std::string etag = quoted_etag(stored.etag);
  if (redirect) {
    http::Response response = empty_reply(303);
    const char separator = redirect->find('?') == std::string::npos ? '?' : '&';
    response.headers.add(
        "location", *redirect + separator + "bucket=" + codec::percent_encode(call.address.bucket, false) +
                        "&key=" + codec::percent_encode(key, false) + "&etag=" + codec::percent_encode(etag, false));
    response.headers.add("etag", etag);
    return response;
  }
  const auto wanted = form.get("success_action_status").value_or("204");
  const std::string location = object_location(call, key);
  http::Response response;
  if (wanted == "201") {
    std::string body;
    codec::XmlWriter xml(body);
    open_document(xml, "PostResponse");
    xml.element("Location", location);
    xml.element("Bucket", call.address.bucket);
    xml.element("Key", key);
    xml.element("ETag", etag);
    xml.close();
    response = xml_reply(std::move(body), 201);
  } else {
    response = empty_reply(wanted == "200" ? 200 : 204);
  }
  response.headers.add("etag", etag);
  response.headers.add("location", location);
  return response;
}

// By the settings as they are once the fields have come, which may take long.
Task<api::ApiResult<api::PostAuthenticated>> authenticate(Call& call, const api::FormFields& form) {
  const std::string key_id(api::claimed_key_id(form));
  CO_API_CHECK_OK(co_await confirm_settings(call.backend, key_id, call.address.bucket));
  auto authenticated = api::authenticate_post_form(form, call.address.bucket, *call.auth);
  if (!authenticated && authenticated.error().code == api::ErrorCode::kInvalidAccessKeyId &&
      co_await call.backend.settings.look_for_key(key_id)) {
    authenticated = api::authenticate_post_form(form, call.address.bucket, *call.auth);
  }
  co_return std::move(authenticated);
}

Task<api::ApiResult<void>> allow(Call& call, api::Principal principal) {
  if (principal.is_anonymous()) {
    co_return api::api_fail(call.bucket ? api::ErrorCode::kAccessDenied : api::ErrorCode::kNoSuchBucket);
  }
  call.directory = call.backend.settings.directory();
  call.key = call.directory->key(principal.access_key_id());
  if (!call.key) co_return api::api_fail(api::ErrorCode::kInvalidAccessKeyId);
  // The bucket's name may be one that only this key sees.
  CO_API_TRY(call.bucket, co_await find_bucket(call, call.address.bucket));
  CO_API_CHECK_OK(co_await require_right(call, call.bucket, call.address.bucket, Right::kWriteByForm));
  co_return check_expected_owner(call, *call.bucket, "x-amz-expected-bucket-owner");
}

}  // namespace

Task<Reply> post_object(Call& call) {
  if (!api::is_post_form(call.request)) co_return api::api_fail(api::ErrorCode::kMethodNotAllowed);
  // What is behind the file is not read, and with it the signature of the chunk that the file ends in.
  if (call.who.chunk_signing) {
    co_return api::api_fail(api::ErrorCode::kInvalidRequest, "A form cannot be sent in signed chunks.");
  }
  CO_API_TRY(auto body, api::make_body_source(call.request, call.who));
  CO_API_TRY(auto reader, api::FormReader::create(*body, call.request.headers.get("content-type").value_or("")));
  CO_API_TRY(const api::FormFields form, co_await reader->read_fields());
  CO_API_TRY(const auto who, co_await authenticate(call, form));
  CO_API_CHECK_OK(co_await allow(call, who.principal));
  CO_API_TRY(const std::string key, api::post_form_key(form));
  CO_API_CHECK_OK(refuse_unbuilt_fields(form));
  CO_API_TRY(auto headers, form_headers(form));
  CO_API_TRY(auto promised, form_checksums(form));
  const uint64_t bytes_min = who.length ? who.length->bytes_min : 0;
  const uint64_t bytes_max = std::min(kFileBytesMax, who.length ? who.length->bytes_max : kFileBytesMax);

  RequestBody file(reader->file(bytes_min, bytes_max), std::move(promised));
  object::PutRequest request;
  request.bucket = call.bucket_ref();
  request.key = key;
  request.headers = std::move(headers);
  request.writer = call.writer();
  request.digests = file.digests_wanted();
  request.checksum = file.promised().algorithm;
  request.check = file.check();
  auto stored = co_await call.backend.objects.put(std::move(request), file);
  if (!stored) {
    if (stored.error().kind == ErrorKind::kNotFound) co_return api::api_fail(api::ErrorCode::kNoSuchBucket);
    co_return std::unexpected(file.explain(stored.error()));
  }
  co_return answer(call, form, key, *stored);
}

}  // namespace garage::s3

#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/request_body.hpp"
#include "s3/write_condition.hpp"

namespace garage::s3 {

Task<Reply> put_object(Call& call) {
  CO_API_CHECK_OK(refuse_unbuilt_headers(call.headers()));
  CO_API_TRY(auto headers, headers_to_store(call.headers()));
  CO_API_TRY(auto body, RequestBody::create(call));
  CO_API_TRY(WriteGuard guard, guard_write(call.headers()));
  CO_API_CHECK_OK(co_await check_early(call, guard));

  object::PutRequest request;
  request.bucket = call.bucket_ref();
  request.key = call.address.key;
  request.headers = std::move(headers);
  request.writer = call.writer();
  request.digests = body->digests_wanted();
  request.checksum = body->promised().algorithm;
  request.check = body->check();
  request.condition = guard.condition;
  auto stored = co_await call.backend.objects.put(std::move(request), *body);
  if (!stored) {
    const bool lower = stored.error().kind == ErrorKind::kNotFound || stored.error().kind == ErrorKind::kPrecondition;
    co_return std::unexpected(lower ? guard.explain(stored.error()) : body->explain(stored.error()));
  }
  http::Response response = empty_reply(200);
  response.headers.add("etag", quoted_etag(stored->etag));
  if (body->promised().algorithm) add_checksum_headers(response.headers, stored->checksums, 0);
  co_return response;
}

}  // namespace garage::s3

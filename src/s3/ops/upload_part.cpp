#include "s3/object_headers.hpp"
#include "s3/operations.hpp"
#include "s3/part_window.hpp"
#include "s3/reply.hpp"
#include "s3/request_body.hpp"
#include "s3/upload_id.hpp"

namespace garage::s3 {

Task<Reply> upload_part(Call& call) {
  CO_API_CHECK_OK(refuse_unbuilt_headers(call.headers()));
  CO_API_TRY(const Uuid upload_id, upload_id_of(call));
  CO_API_TRY(const uint32_t number, parse_part_number(call.query("partNumber").value_or("")));
  CO_API_TRY(auto body, RequestBody::create(call));
  auto& objects = call.backend.objects;
  // Before the body is sent.
  const auto upload = co_await objects.find_upload(call.bucket_ref(), call.address.key, upload_id);
  if (!upload) {
    if (upload.error().kind == ErrorKind::kNotFound) co_return no_such_upload(call);
    co_return std::unexpected(api::from(upload.error()));
  }
  const auto given = body->promised().algorithm;
  if (given && upload->checksum_algorithm && *given != *upload->checksum_algorithm) {
    co_return api::api_fail(api::ErrorCode::kInvalidRequest,
                            "Checksum Type mismatch occurred, expected checksum Type: " +
                                std::string(api::checksum_name(*upload->checksum_algorithm)) +
                                ", actual checksum Type: " + std::string(api::checksum_name(*given)));
  }
  object::PartRequest request{call.bucket_ref(),      call.address.key, upload_id, number,
                              body->digests_wanted(), body->check()};
  auto stored = co_await objects.put_part(std::move(request), *body);
  if (!stored) {
    if (stored.error().kind == ErrorKind::kNotFound) co_return no_such_upload(call);
    co_return std::unexpected(body->explain(stored.error()));
  }
  http::Response response = empty_reply(200);
  response.headers.add("etag", quoted_etag({stored->md5, 0}));
  if (given) {
    response.headers.add(api::checksum_header(*given), api::render_checksum(body->verified_checksum()));
  } else if (upload->checksum_algorithm && stored->checksum) {
    response.headers.add(api::checksum_header(stored->checksum->algorithm),
                         api::render_checksum(stored->checksum->bytes));
  }
  co_return response;
}

}  // namespace garage::s3

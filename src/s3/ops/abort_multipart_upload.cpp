#include "s3/operations.hpp"
#include "s3/reply.hpp"
#include "s3/upload_id.hpp"

namespace garage::s3 {

Task<Reply> abort_multipart_upload(Call& call) {
  CO_API_TRY(const Uuid upload_id, upload_id_of(call));
  auto aborted = co_await call.backend.objects.abort_upload(call.bucket_ref(), call.address.key, upload_id);
  if (aborted) co_return empty_reply(204);
  if (aborted.error().kind == ErrorKind::kNotFound) co_return no_such_upload(call);
  co_return std::unexpected(api::from(aborted.error()));
}

}  // namespace garage::s3

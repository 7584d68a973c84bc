#include "s3/operations.hpp"

namespace garage::s3 {

Task<Reply> not_implemented(Call& call) {
  co_return api::api_fail(api::ErrorCode::kNotImplemented,
                          "This operation is not implemented: " + std::string(call.request.method_text) +
                              " with the query " + std::string(call.uri.raw_query.substr(0, 100)));
}

// There are no torrents: of whatever is asked for, there is none.
Task<Reply> get_object_torrent(Call&) {
  co_return api::api_fail(api::ErrorCode::kNoSuchKey);
}

Task<Reply> method_not_allowed(Call&) {
  co_return api::api_fail(api::ErrorCode::kMethodNotAllowed);
}

}  // namespace garage::s3

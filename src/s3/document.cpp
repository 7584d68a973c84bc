#include "s3/document.hpp"

#include <utility>

#include "api/body_source.hpp"
#include "api/checksums.hpp"
#include "api/small_body.hpp"

namespace garage::s3 {
namespace {

Task<api::ApiResult<std::string>> read_promised(Call& call, api::ChecksumRequest promised, size_t bytes_max) {
  CO_API_TRY(auto source, api::make_body_source(call.request, call.who));
  co_return co_await api::read_small_body(*source, std::move(promised), bytes_max);
}

api::ApiResult<codec::XmlNode> parse_document(const std::string& document, std::string_view root, size_t bytes_max) {
  auto parsed = codec::parse_xml(document, {.bytes_max = bytes_max});
  if (!parsed || parsed->name() != root) return api::api_fail(api::ErrorCode::kMalformedXml);
  return std::move(*parsed);
}

}  // namespace

Task<api::ApiResult<std::string>> read_document(Call& call, size_t bytes_max) {
  CO_API_TRY(auto promised, api::parse_checksum_request(call.who));
  co_return co_await read_promised(call, std::move(promised), bytes_max);
}

Task<api::ApiResult<codec::XmlNode>> read_xml(Call& call, std::string root, size_t bytes_max) {
  CO_API_TRY(const std::string document, co_await read_document(call, bytes_max));
  co_return parse_document(document, root, bytes_max);
}

Task<api::ApiResult<codec::XmlNode>> read_completion_xml(Call& call, std::string root, size_t bytes_max) {
  api::ChecksumRequest promised;
  promised.sha256 = call.who.content_sha256;
  CO_API_TRY(const std::string document, co_await read_promised(call, std::move(promised), bytes_max));
  co_return parse_document(document, root, bytes_max);
}

}  // namespace garage::s3

#include "api/shown_object.hpp"

#include "api/conditions.hpp"
#include "api/tagging.hpp"
#include "http/http_date.hpp"

namespace garage::api {

std::string quoted_etag(const model::ETag& etag) {
  return '"' + etag.text() + '"';
}

void show_object(http::HeaderBlock& out, const object::Object& object) {
  const auto& version = object.version;
  out.add("etag", quoted_etag(version.etag));
  out.add("last-modified", http::format_http_date({object.modified_ms}));
  out.add("accept-ranges", "bytes");
  if (version.header("content-type") == nullptr) out.add("content-type", "binary/octet-stream");
  for (const auto& [name, value] : version.headers) {
    if (name == kTaggingHeader) {
      out.add("x-amz-tagging-count", tag_count(value));
    } else {
      out.add(name, value);
    }
  }
}

ApiResult<bool> is_not_modified(const EffectiveHeaders& headers, const object::Object& object) {
  const ReadConditions conditions = read_conditions(headers);
  if (conditions.empty()) return false;
  switch (evaluate(conditions, object.version.etag.text(), {object.modified_ms})) {
    case ConditionOutcome::kPreconditionFailed: {
      auto refusal = api_fail(ErrorCode::kPreconditionFailed);
      refusal.error().headers.emplace_back("etag", quoted_etag(object.version.etag));
      refusal.error().headers.emplace_back("last-modified", http::format_http_date({object.modified_ms}));
      return refusal;
    }
    case ConditionOutcome::kNotModified:
      return true;
    case ConditionOutcome::kProceed:
      break;
  }
  return false;
}

bool is_worth_another_look(const Error& error, int attempt) {
  return (error.kind == ErrorKind::kNotFound && attempt < 3) || (error.kind == ErrorKind::kUnavailable && attempt < 1);
}

}  // namespace garage::api

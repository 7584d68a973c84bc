#include "api/shown_object.hpp"

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

bool is_worth_another_look(const Error& error, int attempt) {
  return (error.kind == ErrorKind::kNotFound && attempt < 3) || (error.kind == ErrorKind::kUnavailable && attempt < 1);
}

}  // namespace garage::api

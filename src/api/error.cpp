#include "api/error.hpp"

#include "codec/utf8.hpp"
#include "codec/xml_writer.hpp"

namespace garage::api {
namespace {

ApiError told(ErrorCode code, const Error& error) {
  ApiError out;
  out.code = code;
  out.message = error.message;
  return out;
}

// The client learns the code only: the words speak of our insides.
ApiError untold(ErrorCode code, const Error& error, std::string message = {}) {
  ApiError out;
  out.code = code;
  out.message = std::move(message);
  out.detail = std::string(to_string(error.kind)) + ": " + error.message;
  return out;
}

}  // namespace

ApiError no_place_in_cluster() {
  return make_error(ErrorCode::kServiceUnavailable,
                    "This node was revoked from its cluster and serves nothing. Please ask another node.");
}

ApiError from(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return told(ErrorCode::kInvalidRequest, error);
    case ErrorKind::kDenied:
      return untold(ErrorCode::kAccessDenied, error);
    case ErrorKind::kNoSpace:
      return untold(ErrorCode::kServiceUnavailable, error,
                    "There is no space left to store this. Reading is still possible.");
    case ErrorKind::kTimeout:
      return untold(ErrorCode::kServiceUnavailable, error,
                    "The request could not be completed in time. Please try again.");
    case ErrorKind::kUnavailable:
      return untold(ErrorCode::kServiceUnavailable, error,
                    "Not enough storage nodes can be reached; nothing was changed. Please try again.");
    case ErrorKind::kClosed:
      return untold(ErrorCode::kServiceUnavailable, error);
    case ErrorKind::kUnknownOutcome:
      return untold(
          ErrorCode::kServiceUnavailable, error,
          "Not enough storage nodes answered; the request may or may not have taken effect. Please try again.");
    case ErrorKind::kOverloaded:
      return untold(ErrorCode::kSlowDown, error);
    case ErrorKind::kConflict:
      return untold(ErrorCode::kConditionalRequestConflict, error);
    case ErrorKind::kPrecondition:
      return untold(ErrorCode::kPreconditionFailed, error);
    case ErrorKind::kOverQuota:
      return told(ErrorCode::kQuotaExceeded, error);
    case ErrorKind::kUnsupported:
      return told(ErrorCode::kNotImplemented, error);
    case ErrorKind::kNotFound:
    case ErrorKind::kExists:
    case ErrorKind::kCorrupt:
    case ErrorKind::kIo:
    case ErrorKind::kInternal:
      break;
  }
  return untold(ErrorCode::kInternalError, error);
}

std::string render_error(const ApiError& error, const ErrorPlace& place) {
  std::string body;
  codec::XmlWriter xml(body);
  const auto optional_element = [&xml](std::string_view name, const std::optional<std::string>& text) {
    if (text) xml.element(name, std::string_view(*text));
  };
  xml.declaration();
  xml.open("Error");
  xml.element("Code", to_string(error.code));
  xml.element("Message", error.text());
  optional_element("Key", error.key);
  optional_element("BucketName", error.bucket);
  optional_element("UploadId", error.upload_id);
  for (const auto& [name, text] : error.xml_extra) xml.element(name, std::string_view(text));
  xml.element("Resource", place.resource);
  optional_element("Region", error.region);
  xml.element("RequestId", place.request_id);
  xml.element("HostId", place.host_id);
  xml.close();
  // Headers and paths are shown as they came, and may be any bytes.
  return codec::repair_utf8(std::move(body));
}

}  // namespace garage::api

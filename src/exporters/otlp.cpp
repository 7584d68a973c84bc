#include "exporters/otlp.hpp"

#include "codec/utf8.hpp"
#include "exporters/protobuf.hpp"

namespace garage::exporters {
namespace {

// The field numbers of the published messages.
namespace request {
constexpr uint32_t kResourceSpans = 1;
}
namespace resource_spans {
constexpr uint32_t kResource = 1, kScopeSpans = 2;
}
namespace resource {
constexpr uint32_t kAttributes = 1;
}
namespace scope_spans {
constexpr uint32_t kScope = 1, kSpans = 2;
}
namespace scope {
constexpr uint32_t kName = 1;
}
namespace span {
constexpr uint32_t kTraceId = 1, kSpanId = 2, kParentSpanId = 4, kName = 5, kKind = 6, kStart = 7, kEnd = 8,
                   kAttributes = 9, kStatus = 15;
}
namespace status {
constexpr uint32_t kCode = 3;
constexpr uint64_t kError = 2;
}  // namespace status
namespace key_value {
constexpr uint32_t kKey = 1, kValue = 2;
}
namespace any_value {
constexpr uint32_t kString = 1;
}

std::string big_endian(uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

// A collector refuses a whole batch for one text that is no UTF-8, and clients choose what some texts are.
std::string sound_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t bytes = codec::utf8_sequence_bytes(text);
    out.append(bytes == 0 ? "?" : text.substr(0, bytes));
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

std::string encode_attribute(std::string_view key, std::string_view value) {
  ProtobufWriter any, out;
  any.bytes(any_value::kString, sound_text(value));
  out.bytes(key_value::kKey, key);
  out.bytes(key_value::kValue, any.take());
  return out.take();
}

std::string encode_span(const telemetry::FinishedSpan& from) {
  ProtobufWriter out;
  std::string trace;
  for (unsigned char byte : from.trace) trace += static_cast<char>(byte);
  out.bytes(span::kTraceId, trace);
  out.bytes(span::kSpanId, big_endian(from.span));
  if (from.parent != 0) out.bytes(span::kParentSpanId, big_endian(from.parent));
  out.bytes(span::kName, from.name);
  out.number(span::kKind, static_cast<uint64_t>(from.kind));
  out.fixed64(span::kStart, from.start_unix_ns);
  out.fixed64(span::kEnd, from.end_unix_ns);
  for (const auto& [key, value] : from.attributes) out.bytes(span::kAttributes, encode_attribute(key, value));
  if (from.failed) {
    ProtobufWriter of_status;
    of_status.number(status::kCode, status::kError);
    out.bytes(span::kStatus, of_status.take());
  }
  return out.take();
}

}  // namespace

std::string encode_export_request(const Resource& of, const std::vector<telemetry::FinishedSpan>& spans) {
  ProtobufWriter named, scoped, with_resource, whole, of_resource;
  named.bytes(scope::kName, "garage");
  scoped.bytes(scope_spans::kScope, named.take());
  for (const auto& span : spans) scoped.bytes(scope_spans::kSpans, encode_span(span));
  for (const auto& [key, value] : of) of_resource.bytes(resource::kAttributes, encode_attribute(key, value));
  with_resource.bytes(resource_spans::kResource, of_resource.take());
  with_resource.bytes(resource_spans::kScopeSpans, scoped.take());
  whole.bytes(request::kResourceSpans, with_resource.take());
  return whole.take();
}

}  // namespace garage::exporters

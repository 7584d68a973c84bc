#include "http/client_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/characters.hpp"
#include "http/field_line.hpp"

namespace garage::http {
namespace {

Result<void> parse_status_line(std::string_view line, AnswerHead& head) {
  // "HTTP/1.1 200 Whatever", the phrase may be missing together with its blank.
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || !is_digit(line[7]) || line[8] != ' ' ||
      (line.size() > 12 && line[12] != ' ')) {
    return fail(ErrorKind::kCorrupt, "a bad status line");
  }
  const char* const digits = line.data() + 9;
  const auto [end, error] = std::from_chars(digits, digits + 3, head.status);
  if (error != std::errc() || end != digits + 3 || head.status < 100) return fail(ErrorKind::kCorrupt, "a bad status");
  head.keep_alive = line[7] != '0';
  return {};
}

Result<void> read_fields(std::span<char> block, std::string_view rest, size_t fields_max, AnswerHead& head) {
  for (;;) {
    const auto line = take_line(rest);
    if (!line) return fail(ErrorKind::kCorrupt, std::string(line.error()));
    if (line->empty()) return {};
    const auto field = parse_field_line(*line);
    if (!field) return fail(ErrorKind::kCorrupt, std::string(field.error()));
    if (head.headers.size() == fields_max) return fail(ErrorKind::kCorrupt, "too many header fields");
    lower_case(block.data() + (field->name.data() - block.data()), field->name.size());
    head.headers.add(field->name, field->value);
  }
}

Result<void> read_framing(bool answers_head_request, AnswerHead& head) {
  const auto lengths = head.headers.get_all("content-length");
  const auto codings = head.headers.get_all("transfer-encoding");
  if (lengths.size() + codings.size() > 1)
    return fail(ErrorKind::kCorrupt, "the length of the answer can be read in two ways");
  if (!lengths.empty()) {
    const std::string_view text = lengths.front();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.length);
    if (error != std::errc() || end != text.data() + text.size())
      return fail(ErrorKind::kCorrupt, "a bad Content-Length");
    head.framing = BodyFraming::kLength;
  } else if (!codings.empty()) {
    if (!equal_ignoring_case(codings.front(), "chunked"))
      return fail(ErrorKind::kCorrupt, "an unknown Transfer-Encoding");
    head.framing = BodyFraming::kChunked;
  }
  if (answers_head_request || head.status < 200 || head.status == 204 || head.status == 304)
    head.framing = BodyFraming::kNone;
  return {};
}

void read_connection(AnswerHead& head) {
  for (const std::string_view value : head.headers.get_all("connection")) {
    for (size_t at = 0; at <= value.size();) {
      const size_t comma = std::min(value.find(',', at), value.size());
      const std::string_view option = trim_blanks(value.substr(at, comma - at));
      if (equal_ignoring_case(option, "close")) head.keep_alive = false;
      at = comma + 1;
    }
  }
  if (head.framing == BodyFraming::kUntilClose) head.keep_alive = false;
}

}  // namespace

Result<AnswerHead> parse_answer_head(std::span<char> block, bool answers_head_request, size_t fields_max) {
  AnswerHead head;
  std::string_view rest(block.data(), block.size());
  const auto line = take_line(rest);
  if (!line) return fail(ErrorKind::kCorrupt, std::string(line.error()));
  CHECK_OK(parse_status_line(*line, head));
  CHECK_OK(read_fields(block, rest, fields_max, head));
  CHECK_OK(read_framing(answers_head_request, head));
  read_connection(head);
  return head;
}

std::string write_request_head(const ClientRequest& request) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}", request.method, request.target, request.host,
                                 request.headers.text());
  if (request.stream && !request.stream_length) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (request.stream || !request.body.empty() || request.method == "PUT" || request.method == "POST") {
    const uint64_t length = request.stream ? *request.stream_length : request.body.size();
    head.append(fmt::format("Content-Length: {}\r\n", length));
  }
  head.append("\r\n");
  return head;
}

}  // namespace garage::http

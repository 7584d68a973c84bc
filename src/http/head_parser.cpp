#include "http/head_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include "http/characters.hpp"
#include "http/field_line.hpp"

namespace garage::http {
namespace {

namespace beast = boost::beast;

std::string_view to_view(beast::string_view text) {
  return {text.data(), text.size()};
}

// Beast's parser without its containers: it calls us with each piece of the head, and we keep the place.
class HeadCollector : public beast::http::basic_parser<true> {
 public:
  HeadCollector(std::span<char> block, Request& out) : block_(block), out_(out) {
    header_limit(static_cast<std::uint32_t>(block.size()));
    body_limit(boost::none);  // bodies are bounded by who reads them
  }

  int version() const { return version_; }

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code&) override {
    out_.method_text = to_view(method);
    out_.target = to_view(target);
    version_ = version;
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     beast::error_code& ec) override {
    const char* const begin = block_.data();
    // A value outside the block would be one that the parser put together from folded lines, which the gate does not
    // let through.
    if (value.data() < begin || value.data() + value.size() > begin + block_.size()) {
      ec = make_error_code(beast::http::error::bad_value);
      return;
    }
    lower_case(block_.data() + (name.data() - begin), name.size());
    out_.headers.add(to_view(name), to_view(value));
  }
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override { return body.size(); }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  std::span<char> block_;
  Request& out_;
  int version_ = 0;
};

void split_target(Request& out) {
  const size_t question = out.target.find('?');
  out.raw_path = out.target.substr(0, question);
  out.raw_query = question == std::string_view::npos ? std::string_view() : out.target.substr(question + 1);
}

// An empty body counts too: the AWS command line sends one for an empty file, waits for the 100, and misreads the next
// answer on this connection if none came.
bool wants_continue(const Request& request, const Framing& framing) {
  if (framing.http_1_0 || !(framing.chunked || framing.content_length)) return false;
  const auto expect = request.headers.get("expect");
  return expect && equal_ignoring_case(*expect, "100-continue");
}

}  // namespace

std::optional<Refusal> parse_head(std::span<char> block, const Framing& framing, Request& out) {
  out.headers.clear();
  HeadCollector parser(block, out);
  beast::error_code ec;
  const size_t used = parser.put(boost::asio::const_buffer(block.data(), block.size()), ec);
  if (ec || used != block.size() || !parser.is_header_done()) return Refusal{400, "the request head cannot be parsed"};

  Framing read{.http_1_0 = parser.version() == 10, .chunked = parser.chunked(), .content_length = {}};
  if (const auto length = parser.content_length()) read.content_length = *length;
  if (read != framing) return Refusal{400, "the length of the request can be read in two ways"};

  out.method = method_of(out.method_text);
  split_target(out);
  out.content_length = framing.content_length;
  out.chunked = framing.chunked;
  out.keep_alive = parser.keep_alive();
  out.expects_continue = wants_continue(out, framing);
  return std::nullopt;
}

}  // namespace garage::http

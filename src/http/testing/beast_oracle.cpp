#include "http/testing/beast_oracle.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace garage::http::testing {

OracleEnd parse_with_beast(std::string_view bytes, OracleRequest& out) {
  boost::beast::http::request_parser<boost::beast::http::string_body> parser;
  parser.header_limit(1 << 20);
  parser.body_limit(boost::none);
  parser.eager(true);
  boost::beast::error_code ec;
  while (!parser.is_done()) {
    const size_t used = parser.put(boost::asio::const_buffer(bytes.data() + out.size, bytes.size() - out.size), ec);
    out.size += used;
    if (ec == boost::beast::http::error::need_more) return OracleEnd::kMore;  // it has seen everything there is
    if (ec) return OracleEnd::kError;
    if (used == 0) return OracleEnd::kMore;
  }
  const auto target = parser.get().target();
  out.target.assign(target.data(), target.size());
  out.body = parser.get().body();
  return OracleEnd::kWhole;
}

}  // namespace garage::http::testing

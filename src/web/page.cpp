#include "web/page.hpp"

#include "api/error_code.hpp"
#include "codec/xml_writer.hpp"

namespace garage::web {

http::Response error_page(const api::ApiError& error) {
  http::Response response;
  response.status = error.status();
  for (const auto& [name, value] : error.headers) response.headers.add(name, value);
  if (response.status == 304) return response;
  const std::string title = std::to_string(response.status) + " " + std::string(http::reason_phrase(response.status));
  response.headers.add("content-type", "text/html; charset=utf-8");
  // It says what clients sent. Never on objects: what they are is their owners' to say.
  response.headers.add("x-content-type-options", "nosniff");
  std::string& body = response.body;
  body = "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>" + title + "</title></head>\n<body>\n<h1>" +
         title + "</h1>\n<ul>\n<li>Code: ";
  codec::append_xml_text(body, api::to_string(error.code));
  body += "</li>\n<li>Message: ";
  codec::append_xml_text(body, error.text());
  body += "</li>\n</ul>\n</body>\n</html>\n";
  return response;
}

http::Response redirect_to(const Redirect& redirect) {
  http::Response response;
  response.status = redirect.status;
  response.headers.add("location", redirect.location);
  return response;
}

}  // namespace garage::web

// The fields of a message to be sent, written down at once in wire form: one string, no allocation per field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace garage::http {

class HeaderBlock {
 public:
  // Appends "name: value". Control bytes in the value (line ends above all) become blanks, so no value can start
  // another field. Returns false and adds nothing if the name is not a token, or is one of those that the connection
  // writes by itself: Content-Length, Transfer-Encoding, Connection, Date, Server (a client: Host comes from
  // ClientRequest::host).
  bool add(std::string_view name, std::string_view value);
  bool add(std::string_view name, uint64_t value);
  // Replaces all fields of that name, or appends.
  bool set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  // The first of that name, in any case; the view lives until the next change.
  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }

  // "name: value\r\n" for each field.
  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace garage::http

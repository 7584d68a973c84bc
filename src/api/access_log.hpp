// The lines of the access log. Signatures in a URL are replaced: a log must not be a bag of valid URLs.
#pragma once

#include <string>
#include <string_view>

namespace garage::api {

struct AccessLogEntry {
  std::string_view client;  // see client_text()
  std::string_view key_id;  // as claimed; empty: the part is left out
  std::string_view method;
  std::string_view target;  // as received
};

// "<client> (key <id>) <METHOD> <uri>"
std::string access_line(const AccessLogEntry& entry);
// "error <status>, <message> in response to <client> (key <id>) <METHOD> <uri>"
std::string error_line(const AccessLogEntry& entry, int status, std::string_view message);

// The peer; with an X-Forwarded-For that is a single IP literal, "<that> (via <peer>)". For the log only, never for a
// decision.
std::string client_text(std::string_view peer, std::string_view forwarded_for);

}  // namespace garage::api

// How a bucket is served as a website: which documents stand for directories and errors, and where requests are sent
// elsewhere. Values; part of the bucket's row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "codec/tlv.hpp"

namespace garage::model {

// Sends every request to another host.
struct RedirectAll {
  std::string host_name;
  std::optional<std::string> protocol;  // absent: that of the request
  friend bool operator==(const RedirectAll&, const RedirectAll&) = default;
};

// Where both conditions hold, the client is sent elsewhere (3xx), or another key is served with that status (200, 404).
struct RoutingRule {
  std::optional<std::string> key_prefix;
  std::optional<uint32_t> error_code;  // only 404: the key is not there

  std::optional<std::string> host_name;
  std::optional<std::string> protocol;
  std::optional<uint32_t> redirect_code;  // as it was configured: see status()
  std::optional<std::string> replace_prefix;
  std::optional<std::string> replace_key;
  friend bool operator==(const RoutingRule&, const RoutingRule&) = default;

  uint32_t status() const { return redirect_code.value_or(302); }
  bool redirects() const { return status() >= 300 && status() < 400; }
};

struct WebsiteConfig {
  std::string index_document = "index.html";
  std::optional<std::string> error_document;
  std::optional<RedirectAll> redirect_all;  // then nothing else counts
  std::vector<RoutingRule> routing_rules;   // the first that matches counts
  codec::UnknownFields unknown;             // tags of a newer format, kept
  friend bool operator==(const WebsiteConfig&, const WebsiteConfig&) = default;
};

inline constexpr size_t kRoutingRulesMax = 1000;
inline constexpr size_t kWebsiteBytesMax = 64 << 10;  // as it lies in the row

// kInvalid says what makes no sense.
Result<void> check_website(const WebsiteConfig& website);

codec::TlvWriter encode_website(const WebsiteConfig& website);
WebsiteConfig decode_website(codec::TlvReader reader);

}  // namespace garage::model

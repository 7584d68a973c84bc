#include "model/website.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace garage::model {
namespace {

// docs/formats/rows.md, "bucket", tag 9. Numbers are never reused.
enum Tag : uint32_t { kIndex = 1, kError = 2, kRedirectAll = 3, kRoutingRule = 4 };
enum RedirectTag : uint32_t { kAllHost = 1, kAllProtocol = 2 };
enum RuleTag : uint32_t {
  kPrefix = 1,
  kErrorCode = 2,
  kHost = 3,
  kProtocol = 4,
  kCode = 5,
  kReplacePrefix = 6,
  kReplaceKey = 7,
};

constexpr std::array<uint32_t, 7> kCodes{200, 301, 302, 303, 307, 308, 404};

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorKind::kInvalid, std::move(message));
}

Result<void> check_protocol(const std::optional<std::string>& protocol) {
  if (!protocol || *protocol == "http" || *protocol == "https") return {};
  return invalid("Bad XML: invalid protocol, must be http or https");
}

Result<void> check_rule(const RoutingRule& rule) {
  if (rule.error_code && *rule.error_code != 404) {
    return invalid("Bad XML: HttpErrorCodeReturnedEquals must be 404, other error codes are not supported");
  }
  if (rule.replace_prefix && rule.replace_key) {
    return invalid("Bad XML: both ReplaceKeyPrefixWith and ReplaceKeyWith are set, only one of them can be");
  }
  CHECK_OK(check_protocol(rule.protocol));
  if (std::ranges::find(kCodes, rule.status()) == kCodes.end()) {
    return invalid("Bad XML: HttpRedirectCode must be one of 200, 301, 302, 303, 307, 308 and 404");
  }
  if (rule.redirects() && rule.protocol && !rule.host_name) {
    return invalid("Bad XML: HostName must be set if Protocol is set");
  }
  if (!rule.redirects() && (rule.host_name || rule.protocol)) {
    return invalid("Bad XML: HostName and Protocol cannot be set where HttpRedirectCode is 200 or 404");
  }
  return {};
}

void put_text(codec::TlvWriter& writer, uint32_t tag, const std::optional<std::string>& text) {
  if (text) writer.bytes(tag, *text);
}

codec::TlvWriter encode_rule(const RoutingRule& rule) {
  auto writer = codec::TlvWriter::nested();
  put_text(writer, kPrefix, rule.key_prefix);
  if (rule.error_code) writer.u64(kErrorCode, *rule.error_code);
  put_text(writer, kHost, rule.host_name);
  put_text(writer, kProtocol, rule.protocol);
  if (rule.redirect_code) writer.u64(kCode, *rule.redirect_code);
  put_text(writer, kReplacePrefix, rule.replace_prefix);
  put_text(writer, kReplaceKey, rule.replace_key);
  return writer;
}

RoutingRule decode_rule(codec::TlvReader reader) {
  RoutingRule rule;
  while (reader.next()) {
    switch (reader.tag()) {
      case kPrefix:
        rule.key_prefix = reader.bytes();
        break;
      case kErrorCode:
        rule.error_code = static_cast<uint32_t>(reader.number());
        break;
      case kHost:
        rule.host_name = reader.bytes();
        break;
      case kProtocol:
        rule.protocol = reader.bytes();
        break;
      case kCode:
        rule.redirect_code = static_cast<uint32_t>(reader.number());
        break;
      case kReplacePrefix:
        rule.replace_prefix = reader.bytes();
        break;
      case kReplaceKey:
        rule.replace_key = reader.bytes();
        break;
      default:
        break;
    }
  }
  return rule;
}

RedirectAll decode_redirect_all(codec::TlvReader reader) {
  RedirectAll out;
  while (reader.next()) {
    if (reader.tag() == kAllHost) out.host_name = reader.bytes();
    if (reader.tag() == kAllProtocol) out.protocol = reader.bytes();
  }
  return out;
}

}  // namespace

Result<void> check_website(const WebsiteConfig& website) {
  if (website.redirect_all) {
    if (website.error_document || !website.routing_rules.empty()) {
      return invalid("Bad XML: RedirectAllRequestsTo cannot be used together with other settings");
    }
    if (website.redirect_all->host_name.empty()) return invalid("Bad XML: RedirectAllRequestsTo needs a HostName");
    CHECK_OK(check_protocol(website.redirect_all->protocol));
  }
  if (website.index_document.empty() || website.index_document.find('/') != std::string::npos) {
    return invalid("Bad XML: the suffix of the index document must not be empty nor contain a slash");
  }
  if (website.error_document && website.error_document->empty()) {
    return invalid("Bad XML: the key of the error document must not be empty");
  }
  if (website.routing_rules.size() > kRoutingRulesMax) return invalid("Bad XML: more than 1000 routing rules");
  for (const RoutingRule& rule : website.routing_rules) CHECK_OK(check_rule(rule));
  if (encode_website(website).body().size() > kWebsiteBytesMax) {
    return invalid("The website configuration is larger than 64 KiB");
  }
  return {};
}

codec::TlvWriter encode_website(const WebsiteConfig& website) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kIndex, website.index_document);
  put_text(writer, kError, website.error_document);
  if (website.redirect_all) {
    auto nested = codec::TlvWriter::nested();
    nested.bytes(kAllHost, website.redirect_all->host_name);
    put_text(nested, kAllProtocol, website.redirect_all->protocol);
    writer.message(kRedirectAll, nested);
  }
  for (const RoutingRule& rule : website.routing_rules) writer.message(kRoutingRule, encode_rule(rule));
  writer.fields(website.unknown);
  return writer;
}

WebsiteConfig decode_website(codec::TlvReader reader) {
  WebsiteConfig website;
  while (reader.next()) {
    switch (reader.tag()) {
      case kIndex:
        website.index_document = reader.bytes();
        break;
      case kError:
        website.error_document = reader.bytes();
        break;
      case kRedirectAll:
        website.redirect_all = decode_redirect_all(reader.message());
        break;
      case kRoutingRule:
        website.routing_rules.push_back(decode_rule(reader.message()));
        break;
      default:
        reader.keep(website.unknown);
    }
  }
  return website;
}

}  // namespace garage::model

// Signs requests as a client does, for tests. Written from the protocol and not from the code that verifies, so that
// one mistake cannot hide in both.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/principal.hpp"
#include "api/testing/test_request.hpp"
#include "base/hex.hpp"
#include "codec/base64.hpp"
#include "codec/iso_time.hpp"
#include "codec/percent.hpp"
#include "crypto/digest.hpp"
#include "crypto/hmac.hpp"

namespace garage::api::testing {

class MemoryKeys : public KeyLookup {
 public:
  std::shared_ptr<const KeyRecord> find_key(std::string_view id) override {
    const auto found = keys_.find(std::string(id));
    return found == keys_.end() ? nullptr : found->second;
  }
  void add(const std::string& id, const std::string& secret, std::optional<uint64_t> expires_unix_ms = {}) {
    keys_[id] = std::make_shared<const KeyRecord>(KeyRecord{id, Secret(secret), id, expires_unix_ms});
  }

 private:
  std::map<std::string, std::shared_ptr<const KeyRecord>> keys_;
};

class RequestSigner {
 public:
  std::string key_id = "AKIAIOSFODNN7EXAMPLE";
  std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  std::string region = "us-east-1";
  std::string timestamp = "20130524T000000Z";

  std::string date() const { return timestamp.substr(0, 8); }
  std::string scope() const { return date() + "/" + region + "/s3/aws4_request"; }

  std::string hmac_chain(std::string_view text) const {
    std::string key = "AWS4" + secret;
    for (const std::string& step : {date(), region, std::string("s3"), std::string("aws4_request")}) {
      key = crypto::view(crypto::hmac_sha256(key, step));
    }
    return to_hex(crypto::view(crypto::hmac_sha256(key, text)));
  }
  static std::string sha256_hex(std::string_view text) { return to_hex(crypto::view(crypto::sha256(text))); }

  // Adds x-amz-date and x-amz-content-sha256 if they are missing, and Authorization. Returns the signature. All headers
  // present are signed.
  std::string sign(TestRequest& request, const std::string& payload = sha256_hex("")) const {
    if (!request.get().headers.has("x-amz-date")) request.header("x-amz-date", timestamp);
    if (!request.get().headers.has("x-amz-content-sha256")) request.header("x-amz-content-sha256", payload);
    const std::string signature = hmac_chain(string_to_sign(canonical(request, payload)));
    request.header("authorization", "AWS4-HMAC-SHA256 Credential=" + key_id + "/" + scope() +
                                        ", SignedHeaders=" + signed_names(request) + ", Signature=" + signature);
    return signature;
  }

  // Appends the signature to the target. All headers present are signed. Returns the signature.
  std::string presign(TestRequest& request, const std::string& expires = "86400",
                      const std::string& payload = "UNSIGNED-PAYLOAD") const {
    const std::string target(request.get().target);
    request.set_target(
        target + (target.find('?') == target.npos ? "?" : "&") + "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" +
        codec::percent_encode(key_id + "/" + scope(), false) + "&X-Amz-Date=" + timestamp +
        "&X-Amz-Expires=" + expires + "&X-Amz-SignedHeaders=" + codec::percent_encode(signed_names(request), false));
    const std::string signature = hmac_chain(string_to_sign(canonical(request, payload)));
    request.set_target(std::string(request.get().target) + "&X-Amz-Signature=" + signature);
    return signature;
  }

  // The body of an aws-chunked upload whose request has the signature `seed`. Chunks without signatures if `seed` is
  // empty.
  std::string chunked_body(const std::vector<std::string>& chunks, std::string seed,
                           const std::vector<std::pair<std::string, std::string>>& trailers = {}) const {
    const bool is_signed = !seed.empty();
    std::string body;
    const auto add_head = [&](const std::string& chunk) {
      char size[20];
      std::snprintf(size, sizeof size, "%zx", chunk.size());
      body += size;
      if (is_signed) {
        seed = hmac_chain("AWS4-HMAC-SHA256-PAYLOAD\n" + timestamp + "\n" + scope() + "\n" + seed + "\n" +
                          sha256_hex("") + "\n" + sha256_hex(chunk));
        body += ";chunk-signature=" + seed;
      }
      body += "\r\n";
    };
    for (const std::string& chunk : chunks) {
      add_head(chunk);
      body += chunk + "\r\n";
    }
    add_head("");
    std::string signed_trailers;
    for (const auto& [name, value] : trailers) {
      body += name + ":" + value + "\r\n";
      signed_trailers += name + ":" + value + "\n";
    }
    if (is_signed && !trailers.empty()) {
      body += "x-amz-trailer-signature:" +
              hmac_chain("AWS4-HMAC-SHA256-TRAILER\n" + timestamp + "\n" + scope() + "\n" + seed + "\n" +
                         sha256_hex(signed_trailers)) +
              "\r\n";
    }
    return body + "\r\n";
  }

  std::string sign_v2(std::string_view text) const {
    return codec::to_base64(crypto::view(crypto::hmac_sha1(secret, text)));
  }

 private:
  static std::map<std::string, std::string> joined_headers(const TestRequest& request) {
    std::map<std::string, std::string> joined;
    for (const auto& [name, value] : request.fields()) {
      const auto [at, is_new] = joined.emplace(name, value);
      if (!is_new) at->second += "," + value;
    }
    return joined;
  }
  static std::string signed_names(const TestRequest& request) {
    std::string names;
    for (const auto& [name, value] : joined_headers(request)) names += (names.empty() ? "" : ";") + name;
    return names;
  }
  static std::string canonical(TestRequest& request, const std::string& payload) {
    std::string out = std::string(request.get().method_text) + "\n" + std::string(request.get().raw_path) + "\n";
    std::map<std::string, std::string> params;
    std::string query(request.get().raw_query);
    for (size_t at = 0; at < query.size();) {
      const size_t end = std::min(query.find('&', at), query.size());
      const std::string piece = query.substr(at, end - at);
      const size_t equals = std::min(piece.find('='), piece.size());
      const auto encode = [](const std::string& raw) {
        return codec::percent_encode(codec::percent_decode(raw, true).value_or(""), false);
      };
      params[encode(piece.substr(0, equals))] = encode(piece.substr(std::min(equals + 1, piece.size())));
      at = end + 1;
    }
    for (const auto& [name, value] : params) out += (out.back() == '\n' ? "" : "&") + name + "=" + value;
    out += "\n";
    for (const auto& [name, value] : joined_headers(request)) out += name + ":" + value + "\n";
    return out + "\n" + signed_names(request) + "\n" + payload;
  }
  std::string string_to_sign(const std::string& canonical_request) const {
    return "AWS4-HMAC-SHA256\n" + timestamp + "\n" + scope() + "\n" + sha256_hex(canonical_request);
  }
};

}  // namespace garage::api::testing

// Who sends this request, and how will its body come? The one door through which a signed request enters.
//
//   API_TRY(auto uri, parse_uri(request));
//   API_TRY(auto who, authenticate(request, uri, context));
//   API_TRY(auto body, make_body_source(request, who));
//
// The scheme follows from the request: V4 or V2 in the query, V4 or V2 in the Authorization header, or none
// (anonymous). Credentials in two places are refused. OPTIONS is always anonymous. A browser's POST form carries its
// credentials in the body: ask is_post_form() first and go through post_policy.hpp.
//
// An unknown key is InvalidAccessKeyId; whoever looks keys up in a copy that may be behind can refresh it and ask
// again, nothing was changed by asking. Threads: the loop that owns the SigningKeyCache.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/effective_headers.hpp"
#include "api/error.hpp"
#include "api/principal.hpp"
#include "api/signing_key.hpp"
#include "api/uri.hpp"
#include "base/time.hpp"
#include "crypto/digest.hpp"
#include "http/request.hpp"

namespace garage::api {

struct AuthOptions {
  bool accept_us_east_1_alias = false;  // the scope may also say us-east-1, whatever our region is called
  bool allow_v2 = false;
};

// For one request; everything is borrowed.
struct AuthContext {
  KeyLookup& keys;
  SigningKeyCache& signing_keys;
  std::string_view region;
  WallTime now;  // by which it is judged whether a signature is fresh
  AuthOptions options = {};
  std::string_view virtual_host_bucket = {};  // the bucket of a virtual-host request (V2 signs it); else empty
  WallTime latest = {};                       // of the clocks that may be right, where they disagree; may be earlier

  // By which what was given for a time has ended: no clock that is behind makes it last longer.
  WallTime ending_now() const { return std::max(now, latest); }
};

enum class PayloadMode : unsigned char {
  kUnsigned,                  // plain bytes, nothing promised
  kSha256,                    // plain bytes with this SHA-256 (Authenticated::content_sha256)
  kStreamingSigned,           // aws-chunked, every chunk signed
  kStreamingSignedTrailer,    // the same with a signed trailer
  kStreamingUnsignedTrailer,  // aws-chunked with a trailer, nothing signed
};

// What the signatures of chunks continue from.
struct ChunkSigning {
  SigningKey key;
  std::string timestamp;       // yyyymmddThhmmssZ
  std::string scope;           // yyyymmdd/region/s3/aws4_request
  std::string seed_signature;  // of the request, 64 lower-case hexadecimal digits
};

// Borrows the request and its ParsedUri (through `headers`).
struct Authenticated {
  Principal principal;
  bool presigned = false;
  PayloadMode payload = PayloadMode::kUnsigned;
  std::optional<crypto::Sha256Digest> content_sha256;  // with kSha256
  std::shared_ptr<const ChunkSigning> chunk_signing;   // with kStreamingSigned*
  EffectiveHeaders headers;
};

ApiResult<Authenticated> authenticate(const http::Request& request, const ParsedUri& uri, const AuthContext& context);

// A POST with a multipart/form-data body.
bool is_post_form(const http::Request& request);

// The key id that the request claims, verified or not, for the access log; empty if none.
std::string_view claimed_key_id(const http::Request& request, const ParsedUri& uri);

}  // namespace garage::api

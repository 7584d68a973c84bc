#include "s3/object_headers.hpp"

#include <algorithm>
#include <array>

#include "api/content_encoding.hpp"
#include "api/shown_object.hpp"
#include "api/tagging.hpp"
#include "codec/base64.hpp"
#include "crypto/digest.hpp"
#include "http/characters.hpp"
#include "s3/reply.hpp"

namespace garage::s3 {
namespace {

constexpr size_t kMetadataBytesMax = 2048;
constexpr std::string_view kMetaPrefix = "x-amz-meta-";
constexpr std::string_view kRedirect = "x-amz-website-redirect-location";
constexpr std::array<std::string_view, 6> kStandard{"content-type",     "cache-control", "content-disposition",
                                                    "content-language", "expires",       kRedirect};

// Headers whose meaning is not built. A value in the second place is the one that changes nothing and is accepted.
struct Unbuilt {
  std::string_view name;
  std::string_view harmless;
};
constexpr std::array kUnbuilt{
    Unbuilt{"x-amz-server-side-encryption", ""},
    Unbuilt{"x-amz-server-side-encryption-aws-kms-key-id", ""},
    Unbuilt{"x-amz-server-side-encryption-context", ""},
    Unbuilt{"x-amz-server-side-encryption-bucket-key-enabled", "false"},
    Unbuilt{"x-amz-server-side-encryption-customer-algorithm", ""},
    Unbuilt{"x-amz-server-side-encryption-customer-key", ""},
    Unbuilt{"x-amz-server-side-encryption-customer-key-md5", ""},
    Unbuilt{"x-amz-copy-source-server-side-encryption-customer-algorithm", ""},
    Unbuilt{"x-amz-object-lock-mode", ""},
    Unbuilt{"x-amz-object-lock-retain-until-date", ""},
    Unbuilt{"x-amz-object-lock-legal-hold", "OFF"},
    Unbuilt{"x-amz-acl", "private"},
    Unbuilt{"x-amz-grant-read", ""},
    Unbuilt{"x-amz-grant-write", ""},
    Unbuilt{"x-amz-grant-read-acp", ""},
    Unbuilt{"x-amz-grant-write-acp", ""},
    Unbuilt{"x-amz-grant-full-control", ""},
    Unbuilt{"x-amz-write-offset-bytes", ""},
    Unbuilt{"x-amz-mfa", ""},
};

// Encryption is not built, but a request that contradicts itself is wrong in any store.
api::ApiResult<void> check_encryption_headers(const api::EffectiveHeaders& headers) {
  constexpr std::string_view kCustomer = "x-amz-server-side-encryption-customer-";
  const auto invalid = [](std::string message) {
    return api::api_fail(api::ErrorCode::kInvalidArgument, std::move(message));
  };
  const auto kind = headers.get("x-amz-server-side-encryption");
  const auto key_id = headers.get("x-amz-server-side-encryption-aws-kms-key-id");
  const auto algorithm = headers.get(std::string(kCustomer) + "algorithm");
  const auto key = headers.get(std::string(kCustomer) + "key");
  const auto md5 = headers.get(std::string(kCustomer) + "key-md5");
  const bool customer = algorithm || key || md5;
  if (kind && customer)
    return invalid(
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified");
  if (kind && *kind != "AES256" && *kind != "aws:kms" && *kind != "aws:kms:dsse") {
    return invalid("The encryption method specified is not supported");
  }
  if (key_id && (!kind || *kind == "AES256"))
    return invalid("A KMS key id goes with the encryption method aws:kms only");
  if (!customer) return {};
  if (!algorithm || !key || !md5)
    return invalid(
        "Requests specifying Server Side Encryption with Customer provided keys must provide the algorithm, the key "
        "and its MD5");
  if (*algorithm != "AES256") return api::api_fail(api::ErrorCode::kInvalidEncryptionAlgorithmError);
  const auto raw = codec::from_base64(*key);
  if (!raw || raw->size() != 32) return invalid("The secret key was invalid for the specified algorithm");
  const auto digest = crypto::md5(*raw);
  if (codec::to_base64(crypto::view(digest)) != *md5)
    return invalid("The calculated MD5 hash of the key did not match the hash that was provided");
  return {};
}

struct Override {
  std::string_view parameter;
  std::string_view header;
};
constexpr std::array kOverrides{
    Override{"response-cache-control", "cache-control"},
    Override{"response-content-disposition", "content-disposition"},
    Override{"response-content-encoding", "content-encoding"},
    Override{"response-content-language", "content-language"},
    Override{"response-content-type", "content-type"},
    Override{"response-expires", "expires"},
};

}  // namespace

bool is_stored_header(std::string_view name) {
  return name.starts_with(kMetaPrefix) || std::ranges::find(kStandard, name) != kStandard.end();
}

api::ApiResult<void> check_redirect(std::string_view value) {
  if (value.starts_with('/') || value.starts_with("http://") || value.starts_with("https://")) return {};
  return api::api_fail(api::ErrorCode::kInvalidRequest,
                       "x-amz-website-redirect-location must begin with /, http:// or https://");
}

api::ApiResult<void> check_stored_headers(const StoredHeaders& headers) {
  size_t bytes = 0;
  for (const auto& [name, value] : headers) {
    if (!http::is_token(name) || http::has_control_byte(value)) {
      return api::api_fail(api::ErrorCode::kInvalidArgument, "This cannot be a header: " + name);
    }
    if (name.starts_with(kMetaPrefix)) bytes += name.size() - kMetaPrefix.size() + value.size();
  }
  if (bytes > kMetadataBytesMax) return api::api_fail(api::ErrorCode::kMetadataTooLarge);
  return {};
}

api::ApiResult<StoredHeaders> headers_to_store(const api::EffectiveHeaders& headers) {
  StoredHeaders stored;
  api::ApiResult<void> verdict;
  headers.for_each([&](std::string_view name, std::string_view value) {
    if (!verdict || !is_stored_header(name)) return;
    if (value.empty() && !name.starts_with(kMetaPrefix)) return;
    if (name == kRedirect) verdict = check_redirect(value);
    // A name given several times becomes one field, its values joined.
    const auto same =
        std::ranges::find(stored, name, [](const auto& header) -> std::string_view { return header.first; });
    if (same == stored.end()) {
      stored.emplace_back(name, value);
    } else {
      same->second.append(",").append(value);
    }
  });
  API_CHECK_OK(std::move(verdict));
  if (auto encoding = api::stored_content_encoding(headers))
    stored.emplace_back("content-encoding", std::move(*encoding));
  API_CHECK_OK(check_stored_headers(stored));
  if (const auto tagging = headers.get(api::kTaggingHeader)) {
    API_TRY(const auto tags, api::parse_tagging_header(*tagging));
    if (!tags.empty()) stored.emplace_back(api::kTaggingHeader, api::render_tagging(tags));
  }
  return stored;
}

api::ApiResult<void> refuse_unbuilt_headers(const api::EffectiveHeaders& headers) {
  if (const auto storage_class = headers.get("x-amz-storage-class"); storage_class && *storage_class != "STANDARD") {
    return api::api_fail(api::ErrorCode::kInvalidStorageClass);
  }
  API_CHECK_OK(check_encryption_headers(headers));
  for (const auto& [name, harmless] : kUnbuilt) {
    const auto value = headers.get(name);
    if (!value || (!harmless.empty() && *value == harmless)) continue;
    return api::api_fail(api::ErrorCode::kNotImplemented, "The header " + std::string(name) + " is not implemented.");
  }
  return {};
}

void show_object(http::HeaderBlock& out, const Call& call, const object::Object& object) {
  api::show_object(out, object);
  if (call.uri.query.size() == 0) return;
  for (const auto& [parameter, header] : kOverrides) {
    if (const auto value = call.query(parameter)) out.set(header, *value);
  }
}

}  // namespace garage::s3

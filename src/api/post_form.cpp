// Who signed a form, and which key it names.
#include "api/credential.hpp"
#include "api/hex_text.hpp"
#include "api/post_policy.hpp"
#include "api/principal_mint.hpp"
#include "api/signature_v2.hpp"
#include "api/signature_v4.hpp"
#include "codec/iso_time.hpp"
#include "codec/utf8.hpp"

namespace garage::api {
namespace {

std::unexpected<ApiError> missing(std::string_view field) {
  return api_fail(ErrorCode::kInvalidArgument, "Bucket POST must contain a field named '" + std::string(field) +
                                                   "'.  If it is specified, please check the order of the fields.");
}

ApiResult<std::shared_ptr<const KeyRecord>> verify_v4(const FormFields& form, std::string_view policy,
                                                      const AuthContext& context) {
  for (const std::string_view field : {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"}) {
    if (!form.get(field)) return missing(field);
  }
  if (*form.get("x-amz-algorithm") != kV4Algorithm) {
    return api_fail(ErrorCode::kInvalidArgument, "x-amz-algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  const auto credential = Credential::parse(*form.get("x-amz-credential"));
  if (!credential) return api_fail(ErrorCode::kInvalidArgument, "x-amz-credential is malformed.");
  const std::string_view date = *form.get("x-amz-date");
  if (!codec::parse_amz_date(date)) return api_fail(ErrorCode::kInvalidArgument, "x-amz-date is malformed.");
  API_CHECK_OK(check_scope(*credential, date.substr(0, 8), context, ErrorCode::kAuthorizationHeaderMalformed));
  API_TRY(auto record, find_key(context, credential->key_id));
  const auto computed = context.signing_keys.get(record, credential->date, credential->region).sign(policy);
  const auto claimed = parse_hex_text(*form.get("x-amz-signature"));
  if (!claimed || !equal_constant_time(crypto::view(computed), crypto::view(*claimed))) {
    return api_fail(ErrorCode::kSignatureDoesNotMatch);
  }
  return record;
}

ApiResult<std::shared_ptr<const KeyRecord>> verify_v2(const FormFields& form, std::string_view policy,
                                                      const AuthContext& context) {
  for (const std::string_view field : {"awsaccesskeyid", "signature"}) {
    if (!form.get(field)) return missing(field);
  }
  API_TRY(auto record, find_key(context, *form.get("awsaccesskeyid")));
  if (!matches_v2(record->secret, policy, *form.get("signature"))) return api_fail(ErrorCode::kSignatureDoesNotMatch);
  return record;
}

}  // namespace

ApiResult<PostAuthenticated> authenticate_post_form(const FormFields& form, std::string_view bucket,
                                                    const AuthContext& context) {
  const bool claims_v4 = form.get("x-amz-signature") || form.get("x-amz-credential") || form.get("x-amz-algorithm");
  const bool claims_v2 = form.get("signature") || form.get("awsaccesskeyid");
  const auto policy_text = form.get("policy");
  if (claims_v4 && claims_v2) return api_fail(ErrorCode::kInvalidArgument, "Only one auth mechanism allowed");
  if (!claims_v4 && !claims_v2) {
    if (policy_text) return missing("x-amz-signature");
    return PostAuthenticated{.principal = Principal::anonymous(), .length = {}};
  }
  if (!policy_text) return missing("policy");
  API_TRY(auto record, claims_v4 ? verify_v4(form, *policy_text, context) : verify_v2(form, *policy_text, context));
  API_TRY(const PostPolicy policy, parse_post_policy(*policy_text));
  API_CHECK_OK(check_post_policy(policy, form, bucket, context.ending_now()));
  return PostAuthenticated{.principal = PrincipalMint::signed_by(std::move(record)), .length = policy.length};
}

std::string_view claimed_key_id(const FormFields& form) {
  if (const auto text = form.get("x-amz-credential")) {
    const auto credential = Credential::parse(*text);
    return credential ? credential->key_id : std::string_view();
  }
  return form.get("awsaccesskeyid").value_or("");
}

ApiResult<std::string> post_form_key(const FormFields& form) {
  constexpr std::string_view kVariable = "${filename}";
  const auto pattern = form.get("key");
  if (!pattern) return missing("key");
  // Some browsers send the whole path of the file.
  std::string_view filename = form.filename;
  if (const size_t slash = filename.find_last_of("/\\"); slash != filename.npos) filename.remove_prefix(slash + 1);

  std::string key;
  for (std::string_view rest = *pattern;;) {
    const size_t found = rest.find(kVariable);
    key.append(rest.substr(0, found));
    if (found == rest.npos) break;
    key.append(filename);
    rest.remove_prefix(found + kVariable.size());
    if (key.size() > kKeyBytesMax) break;
  }
  if (key.empty()) return api_fail(ErrorCode::kInvalidArgument, "User key must have a length greater than 0.");
  if (key.size() > kKeyBytesMax) return api_fail(ErrorCode::kKeyTooLongError);
  if (key.find('\0') != key.npos || !codec::is_valid_utf8(key)) return api_fail(ErrorCode::kInvalidUri);
  return key;
}

}  // namespace garage::api

#include "api/query_params.hpp"

#include <algorithm>

#include "codec/percent.hpp"
#include "codec/utf8.hpp"

namespace garage::api {
namespace {

bool needs_decoding(std::string_view raw) {
  return raw.find('%') != raw.npos || raw.find('+') != raw.npos;
}

bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

// The decoded text: `raw` itself, or a piece appended to `buffer`, whose room was reserved so that it never moves.
// Nothing if malformed.
std::optional<std::string_view> decode(std::string_view raw, std::string& buffer) {
  if (!needs_decoding(raw)) return raw;
  const size_t start = buffer.size();
  if (!codec::append_percent_decoded(buffer, raw, true)) return std::nullopt;
  const std::string_view decoded = std::string_view(buffer).substr(start);
  if (decoded.find('\0') != decoded.npos) return std::nullopt;
  if (!is_ascii(decoded) && !codec::is_valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

ApiResult<QueryParams> QueryParams::parse(std::string_view raw_query) {
  QueryParams query;
  if (raw_query.empty()) return query;
  if (raw_query.find('\0') != raw_query.npos) return api_fail(ErrorCode::kInvalidUri);
  if (!is_ascii(raw_query) && !codec::is_valid_utf8(raw_query)) return api_fail(ErrorCode::kInvalidUri);
  std::string unused;
  if (needs_decoding(raw_query)) {
    query.decoded_ = std::make_unique<std::string>();
    query.decoded_->reserve(raw_query.size());
  }
  std::string& buffer = query.decoded_ ? *query.decoded_ : unused;
  query.params_.reserve(8);

  for (std::string_view rest = raw_query; !rest.empty();) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (piece.empty()) continue;
    if (query.params_.size() == kParamsMax) return api_fail(ErrorCode::kInvalidArgument, "Too many query parameters.");

    QueryParam param;
    const size_t equals = piece.find('=');
    param.has_value = equals != piece.npos;
    param.raw_name = piece.substr(0, equals);
    if (param.has_value) param.raw_value = piece.substr(equals + 1);
    const auto name = decode(param.raw_name, buffer);
    const auto value = decode(param.raw_value, buffer);
    if (!name || !value || name->empty()) return api_fail(ErrorCode::kInvalidUri);
    param.name = *name;
    param.value = *value;
    if (query.has(param.name)) {
      return api_fail(ErrorCode::kInvalidArgument,
                      "The query parameter '" + std::string(param.name) + "' is given twice.");
    }
    query.params_.push_back(param);
  }
  return query;
}

const QueryParam* QueryParams::find(std::string_view name) const {
  for (const QueryParam& param : params_) {
    if (param.name == name) return &param;
  }
  return nullptr;
}

std::optional<std::string_view> QueryParams::get(std::string_view name) const {
  const QueryParam* param = find(name);
  return param ? std::optional(param->value) : std::nullopt;
}

}  // namespace garage::api

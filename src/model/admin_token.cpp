#include "model/admin_token.hpp"

#include "base/hex.hpp"
#include "codec/base64.hpp"

namespace garage::model {
namespace {

// docs/formats/rows.md, "admin token". Numbers are never reused.
enum Tag : uint32_t {
  kId = 1,
  kHash = 2,
  kName = 3,
  kCreatedMs = 4,
  kExpiresMs = 5,
  kScope = 6,  // one for each name
};

std::string random_bytes(runtime::Random& random, size_t count) {
  std::string raw(count, '\0');
  random.fill({reinterpret_cast<unsigned char*>(raw.data()), raw.size()});
  return raw;
}

}  // namespace

std::string encode_admin_token(const AdminToken& token) {
  auto writer = codec::TlvWriter::nested();
  writer.bytes(kId, token.id);
  writer.bytes(kHash, token.hash);
  writer.bytes(kName, token.name);
  writer.u64(kCreatedMs, token.created_ms);
  if (token.expires_ms) writer.u64(kExpiresMs, *token.expires_ms);
  for (const auto& name : token.scope) writer.bytes(kScope, name);
  writer.fields(token.unknown);
  return std::move(writer).take_body();
}

Result<AdminToken> decode_admin_token(std::string_view encoded) {
  AdminToken token;
  auto reader = codec::TlvReader::nested(encoded);
  while (reader.next()) {
    switch (reader.tag()) {
      case kId:
        token.id = reader.bytes();
        break;
      case kHash:
        token.hash = reader.bytes();
        break;
      case kName:
        token.name = reader.bytes();
        break;
      case kCreatedMs:
        token.created_ms = reader.number();
        break;
      case kExpiresMs:
        token.expires_ms = reader.number();
        break;
      case kScope:
        token.scope.emplace_back(reader.bytes());
        break;
      default:
        reader.keep(token.unknown);
    }
  }
  CHECK_OK(reader.status());
  return token;
}

Secret generate_admin_token(runtime::Random& random) {
  return Secret(to_hex(random_bytes(random, kTokenIdDigits / 2)) + "." +
                codec::to_base64url_nopad(random_bytes(random, 32)));
}

std::string_view token_id(std::string_view token) {
  const size_t dot = token.find('.');
  return dot == token.npos ? std::string_view() : token.substr(0, dot);
}

}  // namespace garage::model

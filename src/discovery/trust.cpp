#include "discovery/trust.hpp"

#include <fmt/format.h>

#include <array>

#include "env/small_file.hpp"

namespace garage::discovery {
namespace {

constexpr uint64_t kPemBytesMax = 4u << 20;

// Where distributions keep the authorities they trust.
constexpr std::array<const char*, 4> kSystemStores = {"/etc/ssl/certs/ca-certificates.crt",
                                                      "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                                      "/etc/ssl/cert.pem"};

Result<std::string> read_pem(env::Disk& disk, const std::string& path) {
  auto text = env::read_file(disk, path, kPemBytesMax);
  if (!text) return std::unexpected(text.error().within(path));
  return text;
}

Result<std::string> read_system_store(env::Disk& disk) {
  for (const char* path : kSystemStores) {
    auto text = read_pem(disk, path);
    if (text || text.error().kind != ErrorKind::kNotFound) return text;
  }
  return fail(ErrorKind::kNotFound,
              fmt::format("this system has no certificates of authorities ({}): install them or set ca_cert",
                          kSystemStores.front()));
}

}  // namespace

Result<Trust::Material> Trust::read(env::Disk& disk, const TrustFiles& files) {
  Material out;
  if (!files.accept_any_server) {
    TRY(out.roots, files.authorities ? read_pem(disk, *files.authorities) : read_system_store(disk));
  }
  if (files.certificate && files.key) {
    TRY(out.certificate, read_pem(disk, *files.certificate));
    TRY(std::string key, read_pem(disk, *files.key));
    out.key = Secret(std::move(key));
  }
  return out;
}

Task<Result<std::shared_ptr<const net::WebTlsContext>>> Trust::load() {
  CO_TRY(Material now, co_await runtime::run_on(env_.pools.disk, [this] { return read(env_.disk, files_); }));
  if (made_ && now == last_) co_return made_;
  auto made = net::WebTlsContext::make({.roots_pem = now.roots,
                                        .certificate_pem = now.certificate,
                                        .key_pem = now.key,
                                        .accept_any_server = files_.accept_any_server});
  if (!made) co_return std::unexpected(made.error().within(files_.authorities.value_or("TLS")));
  made_ = std::move(*made);
  last_ = std::move(now);
  co_return made_;
}

}  // namespace garage::discovery

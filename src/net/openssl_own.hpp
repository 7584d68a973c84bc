// Owners of OpenSSL's objects, named without its headers: those are for .cpp files only.
#pragma once

#include <memory>
#include <string_view>

struct bio_st;
struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace garage::net {

struct OpensslFree {
  void operator()(bio_st* object) const;
  void operator()(evp_pkey_st* object) const;
  void operator()(ssl_ctx_st* object) const;
  void operator()(ssl_st* object) const;
  void operator()(x509_st* object) const;
};

template <class T>
using Own = std::unique_ptr<T, OpensslFree>;

// An Ed25519 private key of 32 bytes; null if OpenSSL does not take it.
Own<evp_pkey_st> private_key_of(std::string_view seed);

}  // namespace garage::net

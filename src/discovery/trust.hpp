// Whom to trust and what to show when calling an API over TLS: files in PEM, read again before each use, because they
// are renewed while the node runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "env/env.hpp"
#include "net/web_tls.hpp"

namespace garage::discovery {

struct TrustFiles {
  std::optional<std::string> authorities = {};  // the only ones trusted; empty: those of the system
  std::optional<std::string> certificate = {};  // to show, with its key
  std::optional<std::string> key = {};
  bool accept_any_server = false;
};

class Trust {
 public:
  Trust(env::Env& env, TrustFiles files) : env_(env), files_(std::move(files)) {}

  // Errors name the file.
  Task<Result<std::shared_ptr<const net::WebTlsContext>>> load();

 private:
  struct Material {
    std::string roots;
    std::optional<std::string> certificate;
    std::optional<Secret> key;
    friend bool operator==(const Material&, const Material&) = default;
  };
  static Result<Material> read(env::Disk& disk, const TrustFiles& files);

  env::Env& env_;
  const TrustFiles files_;
  Material last_;
  std::shared_ptr<const net::WebTlsContext> made_;  // of last_
};

}  // namespace garage::discovery

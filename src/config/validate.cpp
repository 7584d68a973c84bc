#include "config/validate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codec/byte_size.hpp"
#include "env/host_and_port.hpp"

namespace garage::config {
namespace {

constexpr std::string_view kAdminAddress = "127.0.0.1:3903";
constexpr size_t kPublicAddressBytesMax = 255;  // other nodes take no longer one

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorKind::kInvalid, std::move(message));
}

Result<void> check_secret(std::string_view name, const SecretSetting& setting) {
  if (setting.value && setting.file) return invalid(fmt::format("only one of `{0}` and `{0}_file` can be set", name));
  return {};
}

std::string_view without_dots(std::string_view domain) {
  while (domain.starts_with('.')) domain.remove_prefix(1);
  return domain;
}

std::string_view host_of(std::string_view endpoint) {
  endpoint.remove_prefix(endpoint.find("://") + 3);
  return endpoint.substr(0, endpoint.rfind(':'));
}

Result<void> check_endpoint(S3ApiSettings& s3, std::vector<std::string>& warnings) {
  if (!s3.root_domain) {
    if (s3.public_endpoint_path_style == false) {
      return invalid("`public_endpoint_path_style` is `false` but `root_domain` is not configured");
    }
    s3.public_endpoint_path_style = true;
  } else if (s3.public_endpoint && s3.public_endpoint_path_style == false &&
             host_of(*s3.public_endpoint) != without_dots(*s3.root_domain)) {
    warnings.push_back(fmt::format("`s3_api.public_endpoint` {} and `s3_api.root_domain` {} name different hosts",
                                   *s3.public_endpoint, *s3.root_domain));
  }
  return {};
}

bool is_wildcard(std::string_view address) {
  return address.starts_with("0.0.0.0:") || address.starts_with("[::]:");
}

Result<void> check_public_address(const Settings& settings, std::vector<std::string>& warnings) {
  if (!settings.rpc_public_addr || !is_wildcard(*settings.rpc_public_addr)) return {};
  const auto message = fmt::format(
      "`rpc_public_addr` is {}: an address that means every address of this machine, under which no other node reaches "
      "it",
      *settings.rpc_public_addr);
  if (settings.replication_factor > 1) return invalid(message);
  warnings.push_back(message);
  return {};
}

Result<void> check_public_form(const Settings& settings) {
  if (!settings.rpc_public_addr) return {};
  const std::string& address = *settings.rpc_public_addr;
  const bool is_short_text = address.size() <= kPublicAddressBytesMax &&
                             std::ranges::all_of(address, [](char c) { return c > ' ' && c <= '~'; });
  const auto parts = is_short_text ? env::split_host_and_port(address) : std::nullopt;
  if (parts && parts->port > 0) return {};
  return invalid(fmt::format(
      "`rpc_public_addr`: expected host:port, found \"{}\". The host is a name or an address, IPv6 in brackets "
      "(\"[fc00::1]:3901\"), the port 1 to 65535, and all of it at most {} characters without blanks",
      address, kPublicAddressBytesMax));
}

// Older versions listened here where no address was given.
void fill_admin_address(AdminSettings& admin, std::vector<std::string>& warnings) {
  if (admin.api_bind_addr != "") return;
  admin.api_bind_addr = std::string(kAdminAddress);
  warnings.push_back(fmt::format("`admin.api_bind_addr` is empty: the admin API listens on {}", kAdminAddress));
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A label value of Kubernetes, or with `lower_only` and no further marks a namespace.
bool is_kubernetes_word(std::string_view text, std::string_view marks, bool lower_only) {
  if (text.empty() || text.size() > 63) return false;
  for (const char c : text) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (!(is_letter_or_digit(c) && !(is_upper && lower_only)) && marks.find(c) == std::string_view::npos) return false;
  }
  return is_letter_or_digit(text.front()) && is_letter_or_digit(text.back());
}

Result<void> check_discovery(const Settings& settings) {
  const ConsulSettings& consul = settings.consul;
  if (consul.client_cert.has_value() != consul.client_key.has_value()) {
    return invalid("`consul_discovery.client_cert` and `client_key` must be set together");
  }
  const std::string& address = consul.consul_http_addr;
  if (consul.present && !address.starts_with("http://") && !address.starts_with("https://")) {
    return invalid(fmt::format(
        "`consul_discovery.consul_http_addr`: expected http://host:port or https://host:port, found \"{}\"", address));
  }
  if (consul.present && consul.service_name.empty()) return invalid("`consul_discovery.service_name` is empty");
  const KubernetesSettings& kubernetes = settings.kubernetes;
  if (!kubernetes.present) return {};
  if (!is_kubernetes_word(kubernetes.kubernetes_namespace, "-", true)) {
    return invalid(fmt::format("`kubernetes_discovery.namespace`: \"{}\" is no name of a namespace",
                               kubernetes.kubernetes_namespace));
  }
  if (!is_kubernetes_word(kubernetes.service_name, "-_.", false)) {
    return invalid(
        fmt::format("`kubernetes_discovery.service_name`: \"{}\" is no value of a label: up to 63 letters, "
                    "digits and inner `-`, `_`, `.`",
                    kubernetes.service_name));
  }
  return {};
}

}  // namespace

Result<void> validate(Settings& settings, std::vector<std::string>& warnings) {
  CHECK_OK(check_secret("rpc_secret", settings.rpc_secret));
  CHECK_OK(check_secret("admin_token", settings.admin.admin_token));
  CHECK_OK(check_secret("metrics_token", settings.admin.metrics_token));
  fill_admin_address(settings.admin, warnings);
  CHECK_OK(check_endpoint(settings.s3_api, warnings));
  CHECK_OK(check_public_form(settings));
  CHECK_OK(check_public_address(settings, warnings));
  if (settings.s3_api.s3_region.empty()) return invalid("`s3_api.s3_region` is empty");
  CHECK_OK(check_discovery(settings));
  if (settings.block_ram_buffer_max < 2 * settings.block_size) {
    warnings.push_back(
        fmt::format("`block_ram_buffer_max` ({}) holds less than two blocks of `block_size` ({}): uploads will be slow",
                    codec::binary_size(settings.block_ram_buffer_max), codec::binary_size(settings.block_size)));
  }
  return {};
}

}  // namespace garage::config
